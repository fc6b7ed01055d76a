using HandsOff.Core.Diagnostics;
using HandsOff.Core.StyleGan2;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Labeling.Training;

/// <summary>
/// Trains a labeler's ensemble from inverted photographs. The taps stay at their native sizes in memory; a step gathers
/// the features of its own pixels only. Members are independent: each has its own initial weights, pixel order and
/// held-out photographs, and is stored when finished.
/// </summary>
public static class LabelerTrainer
{
    /// <summary>Generated samples that set the heads' weights in the image score.</summary>
    private const int WeighingSamples = 64;

    /// <summary>Trains all members, or those that <paramref name="membersFolder"/> does not hold yet. The caller disposes the result.</summary>
    /// <param name="generator">Frozen; on the device to train on.</param>
    /// <param name="photographs">At least <see cref="InvertedFolder.Fewest"/>.</param>
    /// <param name="schema">What the labels mean.</param>
    /// <param name="options">How to train.</param>
    /// <param name="membersFolder">Where finished members are kept; nowhere when null.</param>
    /// <param name="progress">Told after every held-out measurement.</param>
    /// <param name="cancellation">Stops between steps; finished members stay on disk.</param>
    /// <exception cref="HandsOffException">Too few photographs, a label the schema promises missing, figures out of range.</exception>
    public static LabelerState Train(
        StyleGan2.Generator generator, IReadOnlyList<InvertedPhotograph> photographs, LabelSchema schema, LabelerTrainingOptions options,
        string? membersFolder = null, IProgress<LabelerProgress>? progress = null, CancellationToken cancellation = default)
    {
        options.Validate();
        if (photographs.Count < InvertedFolder.Fewest) throw new HandsOffException($"{photographs.Count} labelled photographs; at least {InvertedFolder.Fewest} are needed");
        var (width, height) = (generator.Config.Width, generator.Config.Height);
        var kinds = options.Kinds ?? schema.Kinds;
        if ((kinds & ~schema.Kinds) is var missing and not LabelKinds.None) throw HandsOffException.Usage($"the data set's schema declares no {missing}; it has {schema.Kinds}");
        var learnt = Restrict(schema, kinds);
        var config = Config(generator.Config, learnt, options).Validate();
        var device = generator.WAverage.device;
        using var set = new TrainingSet(generator, [.. photographs.Select(p => (p.Latents, PhotographLabels.Of(p.Labels, width, height)))], learnt, device, t => t.Height >= options.SmallestTap && t.Height <= options.LargestTap);
        using var alone = membersFolder is null ? null : FolderLock.Take(membersFolder, "training", "--out");
        var files = membersFolder is null ? null : new MemberFiles(membersFolder, config, options, set.Digest, NetworkState.Digest(generator));
        var trainer = new MemberTrainer(set, config, options);
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        try
        {
            for (int m = 0; m < options.Members; m++)
            {
                var member = files?.Find(m);
                if (member is null)
                {
                    member = trainer.Train(m, progress, cancellation);
                    files?.Save(m, member);
                }

                foreach (var (key, value) in member)
                {
                    int dot = key.IndexOf('.', StringComparison.Ordinal);
                    tensors[MlpLayout.Key(key[..dot], m, key[(dot + 1)..])] = value;
                }
            }
        }
        catch
        {
            foreach (var t in tensors.Values) t.Dispose();
            throw;
        }

        using var state = new LabelerState(config, tensors);
        var weighed = HeadScales.Fit(generator, photographs, state, options.Seed, WeighingSamples);
        return new LabelerState(weighed, tensors.ToDictionary(t => t.Key, t => t.Value.alias().DetachFromDisposeScope()));
    }

    private static LabelerConfig Config(StyleGan2Config generator, LabelSchema schema, LabelerTrainingOptions options) => new()
    {
        Taps = generator.Taps,
        Width = generator.Width,
        Height = generator.Height,
        Members = options.Members,
        Schema = schema,
        Heads = [.. new[] { LabelKinds.Segmentation, LabelKinds.Keypoints, LabelKinds.Depth }.Where(k => schema.Kinds.HasFlag(k)).Select(k => new HeadConfig
        {
            Kind = k,
            Hidden1 = options.Hidden(k).First,
            Hidden2 = options.Hidden(k).Second,
            HeatmapSigma = options.KeypointSigma ?? Math.Max(1, Math.Min(generator.Width, generator.Height) / 40.0),
        })],
    };

    internal static LabelSchema Restrict(LabelSchema schema, LabelKinds kinds) => schema with
    {
        Classes = kinds.HasFlag(LabelKinds.Segmentation) ? schema.Classes : [],
        Keypoints = kinds.HasFlag(LabelKinds.Keypoints) ? schema.Keypoints : [],
        Skeleton = kinds.HasFlag(LabelKinds.Keypoints) ? schema.Skeleton : [],
        KeypointFlip = kinds.HasFlag(LabelKinds.Keypoints) ? schema.KeypointFlip : [],
        Depth = kinds.HasFlag(LabelKinds.Depth) ? schema.Depth : null,
    };

}
