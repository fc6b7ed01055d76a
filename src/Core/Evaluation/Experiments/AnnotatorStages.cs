using HandsOff.Core.Evaluation.Downstream;
using HandsOff.Core.Inversion;
using HandsOff.Core.Labeling;
using HandsOff.Core.Sampling;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>
/// The annotator of the baselines that label generated images. There are no people here: it is a network trained on every
/// labelled training image, so its labels are better than the same number of hours of a person would allow.
/// </summary>
internal sealed class AnnotatorStages(ExperimentContext context, NetworkStages networks)
{
    private const int Batch = 32;
    private const string NetworkName = "unet";

    /// <summary>The annotator's network.</summary>
    public Stage Annotator(ExperimentSettings settings)
    {
        var options = settings.Training with { Steps = settings.AnnotatorSteps, EvaluateEvery = Math.Max(1, settings.AnnotatorSteps / 8), LearningRate = settings.AnnotatorRate ?? settings.LearningRates[0], Seed = 0x0AC1E };
        return networks.Train(settings, NetworkName, options, context.Data.All(), null);
    }

    /// <summary>How good it is, on validation.</summary>
    public AnnotatorScore Score(string variant, ExperimentSettings settings)
    {
        var stage = Annotator(settings);
        var report = NetworkStages.Report(stage);
        return new AnnotatorScore { Variant = variant, Labelled = context.Data.AllCount, Network = NetworkName, BestStep = report.BestStep, Validation = report.Validation, Stage = stage.Digest };
    }

    /// <summary>Generates images, labels them as the annotator does, and keeps their latents: a labelled folder <c>data</c> and latents.safetensors.</summary>
    public Stage Photographs(ExperimentSettings settings, int count, ulong seed)
    {
        var annotator = Annotator(settings);
        float truncation = settings.Dataset.Truncation;
        return context.Compute("annotated-photographs", 1, new { context.Generator, Annotator = annotator.Digest, count, seed, truncation }, target =>
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            using var generator = context.Pair.LoadGenerator(context.Device);
            using var network = networks.Open(annotator);
            // Other indices than any dataset has.
            var z = new float[count * generator.Config.ZDim];
            for (int i = 0; i < count; i++) LatentSampler.FillZ(z.AsSpan(i * generator.Config.ZDim, generator.Config.ZDim), seed, (1L << 40) + i, 0);
            var ws = generator.Map(tensor(z, [count, generator.Config.ZDim]).to(context.Device), truncation).cpu();
            var latents = new Dictionary<string, Tensor>();
            using var images = Images(generator, ws);
            using var set = NetworkLabels.Of(network, images, cancel: context.Cancel);
            var writer = new LabeledFolderWriter(Path.Combine(target, MethodStages.LabelsFolder), set.Schema);
            for (int i = 0; i < count; i++)
            {
                string id = $"generated-{i:D4}";
                writer.Add(id, set.Image(i));
                latents[id] = ws[i].contiguous();
            }

            writer.Complete();
            SafeTensors.Write(Path.Combine(target, Inverter.LatentsFile), latents);
        });
    }

    /// <summary>A dataset's images with the annotator's labels in place of the labeler's.</summary>
    public Stage Relabelled(ExperimentSettings settings, Stage dataset)
    {
        var annotator = Annotator(settings);
        return context.Compute("relabelled", 1, new { Dataset = dataset.Digest, Annotator = annotator.Digest }, target =>
        {
            using var network = networks.Open(annotator);
            using var set = DenseSet.Load(dataset.PathOf(DatasetDraw.SetFile));
            using var relabelled = NetworkLabels.Of(network, set, cancel: context.Cancel);
            relabelled.Save(Path.Combine(target, DatasetDraw.SetFile));
        });
    }

    /// <summary>How far a dataset's labels agree with the annotator's: scores with the labeler's labels as truth.</summary>
    public EvaluationReport Agreement(ExperimentSettings settings, Stage dataset)
    {
        var annotator = Annotator(settings);
        var stage = context.Compute("agreement", 1, new { Dataset = dataset.Digest, Annotator = annotator.Digest }, target =>
        {
            using var network = networks.Open(annotator);
            using var set = DenseSet.Load(dataset.PathOf(DatasetDraw.SetFile));
            NetworkStages.Write(Path.Combine(target, NetworkStages.ReportFile), DenseEvaluation.Run(network, set, cancel: context.Cancel));
        });
        return NetworkStages.Read<EvaluationReport>(stage.PathOf(NetworkStages.ReportFile));
    }

    /// <summary>Images of latents, without labels.</summary>
    private DenseSet Images(StyleGan2.Generator generator, Tensor ws)
    {
        using var scope = NewDisposeScope();
        var parts = new List<Tensor>();
        for (long at = 0; at < ws.shape[0]; at += Batch)
        {
            var image = generator.Synthesize(ws.narrow(0, at, Math.Min(Batch, ws.shape[0] - at)).to(context.Device));
            parts.Add(Pixels.ToBytes(image).cpu());
        }

        return new DenseSet(new LabelSchema(), cat(parts, 0).DetachFromDisposeScope(), null, null, null);
    }
}
