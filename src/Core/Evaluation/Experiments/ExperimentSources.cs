using HandsOff.Core.Evaluation.Downstream;
using HandsOff.Core.Inversion;
using HandsOff.Core.Labeling;
using HandsOff.Core.Training;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>Each system's way from labelled images to what its network learns from.</summary>
internal sealed class ExperimentSources(ExperimentContext context, MethodStages method, AnnotatorStages annotator, NetworkStages networks)
{
    private const ulong SecondTraining = 0x2E7A_0000;

    /// <summary>What a system's network learns from with so many labelled photographs and a seed; <paramref name="train"/> trains that network on a source.</summary>
    public TrainingSource Of(ExperimentSystem system, ExperimentSettings settings, int labelled, ulong seed, Func<TrainingSource, Stage> train) => system switch
    {
        ExperimentSystem.HandsOff => HandsOff(settings, labelled, seed),
        ExperimentSystem.HandsOffAndPhotographs => HandsOffAndPhotographs(settings, labelled, seed),
        ExperimentSystem.Refined => Refined(settings, labelled, seed, train),
        ExperimentSystem.Annotated => Annotated(settings, labelled, seed),
        ExperimentSystem.DatasetGan => Generated(settings, labelled, seed, embedded: false),
        ExperimentSystem.EditGan => Generated(settings, labelled, seed, embedded: true),
        ExperimentSystem.Upper => All(),
        _ => new TrainingSource { Set = Photographs(labelled, seed), Labelled = labelled },
    };

    /// <summary>Whether the number of labelled photographs makes a difference to a system.</summary>
    public static bool UsesPhotographs(ExperimentSystem system) => system != ExperimentSystem.Upper;

    /// <summary>Whether a system needs the annotator.</summary>
    public static bool UsesAnnotator(ExperimentSystem system) => system is ExperimentSystem.DatasetGan or ExperimentSystem.EditGan or ExperimentSystem.Annotated;

    private TrainingSource HandsOff(ExperimentSettings settings, int labelled, ulong seed)
    {
        var (folder, digest) = context.Data.Pool();
        var inversion = method.Invert(settings, folder, digest);
        var chosen = Chosen(folder, labelled, seed);
        var source = FromLabeler(settings, folder, inversion, chosen, labelled, seed);
        var report = InversionReport.Read(inversion.PathOf(Inverter.ReportFile));
        var own = report.Images.Where(i => chosen.Contains(i.Id)).ToList();
        source.Figures["accepted"] = own.Count(i => i.Accepted);
        source.Figures["lpips"] = own.Average(i => i.Lpips);
        source.Figures["lpipsEncoder"] = own.Average(i => i.EncoderLpips);
        return source;
    }

    private TrainingSource HandsOffAndPhotographs(ExperimentSettings settings, int labelled, ulong seed)
    {
        var own = HandsOff(settings, labelled, seed) with { Second = Photographs(labelled, seed) };
        return settings.Dataset.Segmentation ? own : own with { Set = own.Set.WithoutClasses() };
    }

    private TrainingSource Refined(ExperimentSettings settings, int labelled, ulong seed, Func<TrainingSource, Stage> train)
    {
        var own = HandsOffAndPhotographs(settings, labelled, seed);
        var teacher = train(own);
        var refined = networks.Refine(own.Stages["dataset"], teacher, settings.Confidence);
        (own.Stages["teacher"], own.Stages["refined"]) = (teacher, refined);
        return own with { Set = SetSource.Of(refined), Start = teacher, SeedOffset = SecondTraining };
    }

    private TrainingSource Generated(ExperimentSettings settings, int labelled, ulong seed, bool embedded)
    {
        var photographs = annotator.Photographs(settings, labelled, seed);
        string folder = photographs.PathOf(MethodStages.LabelsFolder);
        var latents = embedded ? method.Invert(settings, folder, photographs.Digest) : photographs;
        var ids = LabeledFolder.Open(folder).Items.Select(i => i.Id).ToHashSet(StringComparer.Ordinal);
        var source = FromLabeler(settings, folder, latents, ids, labelled, seed);
        source.Stages["photographs"] = photographs;
        return source;
    }

    private TrainingSource FromLabeler(ExperimentSettings settings, string folder, Stage latents, IReadOnlySet<string> ids, int labelled, ulong seed)
    {
        var pair = method.Label(settings, folder, (latents.Folder, latents.Digest), ids, seed);
        var dataset = method.Generate(settings, pair, seed);
        var draw = NetworkStages.Read<DrawFigures>(dataset.PathOf(DatasetDraw.FiguresFile));
        var source = new TrainingSource { Set = SetSource.Of(dataset), Labelled = labelled };
        (source.Stages["latents"], source.Stages["pair"], source.Stages["dataset"]) = (latents, pair, dataset);
        source.Figures["samples"] = draw.Samples;
        source.Figures["draws"] = draw.Draws;
        source.Figures["flagged"] = draw.Flagged;
        source.Figures["uncertainty"] = draw.MeanUncertainty;
        if (!context.Protocol.Systems.Any(UsesAnnotator)) return source;
        var agreement = annotator.Agreement(settings, dataset);
        if (agreement.MeanIou is { } iou) source.Figures["agreementIou"] = iou;
        if (agreement.Pck is { } pck) source.Figures["agreementPck"] = pck;
        if (agreement.DepthRmse is { } rmse) source.Figures["agreementDepthRmse"] = rmse;
        return source;
    }

    private TrainingSource Annotated(ExperimentSettings settings, int labelled, ulong seed)
    {
        var own = HandsOff(settings, labelled, seed);
        var relabelled = annotator.Relabelled(settings, own.Stages["dataset"]);
        var source = new TrainingSource { Set = SetSource.Of(relabelled), Labelled = labelled };
        (source.Stages["dataset"], source.Stages["relabelled"]) = (own.Stages["dataset"], relabelled);
        return source;
    }

    private TrainingSource All() => new() { Set = context.Data.All(), Labelled = context.Data.AllCount };

    private SetSource Photographs(int labelled, ulong seed)
    {
        var (folder, digest) = context.Data.Pool();
        var chosen = Chosen(folder, labelled, seed);
        var size = context.Pair.Manifest.Generator;
        return new SetSource(ContentDigest.Of(new { digest, Ids = chosen.Order(StringComparer.Ordinal), size.Width, size.Height }), () => DenseSet.Of(LabeledFolder.Open(folder), size.Width, size.Height, chosen));
    }

    /// <summary>The photographs of a seed: its own choice of the pool, the same for every system; a smaller number is part of a larger one.</summary>
    private static HashSet<string> Chosen(string folder, int labelled, ulong seed)
    {
        string[] ids = [.. LabeledFolder.Open(folder).Items.Select(i => i.Id)];
        if (labelled > ids.Length) throw new HandsOffException($"{folder}: {ids.Length} labelled photographs, the protocol asks for {labelled}");
        var random = new SplitMix(SplitMix.Key(seed, 0xC405E, 0));
        for (int i = ids.Length - 1; i > 0; i--)
        {
            int j = random.Below(i + 1);
            (ids[i], ids[j]) = (ids[j], ids[i]);
        }

        return ids[..labelled].ToHashSet(StringComparer.Ordinal);
    }
}
