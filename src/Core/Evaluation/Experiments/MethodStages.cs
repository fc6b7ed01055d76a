using HandsOff.Core.Datasets;
using HandsOff.Core.Diagnostics;
using HandsOff.Core.Evaluation.Downstream;
using HandsOff.Core.Inversion;
using HandsOff.Core.Labeling;
using HandsOff.Core.Labeling.Training;
using HandsOff.Core.Pairs;
using HandsOff.Core.StyleGan2;
using HandsOff.Core.Training;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>HandsOff's own stages: encoder, inversion, labeler and pair, dataset. The baselines that generate use the last three as well.</summary>
internal sealed class MethodStages(ExperimentContext context)
{
    public const string LabelsFolder = "data", PairFolder = "pair";

    /// <summary>Inverts all images of a labelled folder.</summary>
    public Stage Invert(ExperimentSettings settings, string folder, string digest)
    {
        var (encoderFile, encoderDigest) = Encoder(settings);
        var inversion = settings.Inversion;
        var options = new LatentOptimizerOptions { Steps = inversion.Steps };
        var inputs = new { context.Generator, Encoder = encoderDigest, Photographs = digest, options, inversion.Perceptual, Weights = context.Perceptual(inversion.Perceptual), inversion.Gate };
        return context.Compute("inversion", 1, inputs, target =>
        {
            using var generator = context.Pair.LoadGenerator(context.Device);
            using var perceptual = Perceptual(settings);
            using var encoder = encoderFile is null ? null : Inversion.Encoder.Load(encoderFile, generator, context.Device);
            var photographs = Inverter.Open(folder, generator.Config, context.Cancel);
            Inverter.Run(generator, encoder, perceptual, photographs, options, inversion.Gate, target, context.Cache.ProgressOfLoss(), context.Time, context.Cancel);
        });
    }

    /// <summary>Trains a labeler on inverted (or generated) images of known labels and packs it with the generator into a pair.</summary>
    /// <param name="settings">Labeler and calibration.</param>
    /// <param name="folder">The labelled folder.</param>
    /// <param name="latents">Folder of latents.safetensors, and its digest.</param>
    /// <param name="ids">The images to learn from.</param>
    /// <param name="seed">Of the labeler.</param>
    public Stage Label(ExperimentSettings settings, string folder, (string Folder, string Digest) latents, IReadOnlySet<string> ids, ulong seed)
    {
        var options = settings.Labeler.Options(seed) with { Kinds = Kinds(LabeledFolder.ReadSchema(Path.Combine(folder, "schema.json"))) };
        var inputs = new
        {
            context.Generator,
            Latents = latents.Digest,
            Ids = ids.Order(StringComparer.Ordinal),
            options,
            settings.Inversion.RejectedToo,
            settings.Dataset.CalibrationSamples,
            settings.Dataset.Truncation,
        };
        return context.Compute("pair", 1, inputs, target =>
        {
            using var generator = context.Pair.LoadGenerator(context.Device);
            var data = LabeledFolder.Open(folder);
            var all = InvertedFolder.Load(latents.Folder, data, generator.Config, settings.Inversion.RejectedToo);
            try
            {
                var chosen = all.Where(p => ids.Contains(p.Id)).ToList();
                var progress = context.Cache.Progress("steps", (double)options.Members * options.Steps).From<LabelerProgress>(p => (((double)p.Member * p.Steps) + p.Step, null));
                using var state = LabelerTrainer.Train(generator, chosen, data.Schema, options, Path.Combine(target, "members"), progress, context.Cancel);
                state.Save(Path.Combine(target, "labeler.safetensors"));
            }
            finally
            {
                foreach (var photograph in all) photograph.Dispose();
            }

            PairPacker.Pack(
                new PairContent
                {
                    Name = context.Protocol.Name,
                    GeneratorPath = context.Pair.PathOf(PairManifest.GeneratorFile)!,
                    LabelerPath = Path.Combine(target, "labeler.safetensors"),
                    License = context.Pair.Manifest.License,
                    Provenance = $"an experiment with the generator of {context.Pair.Name}",
                    CalibrationSamples = settings.Dataset.CalibrationSamples,
                    CalibrationTruncation = settings.Dataset.Truncation,
                },
                Path.Combine(target, PairFolder), context.Device,
                context.Cache.Progress("samples of the calibration", settings.Dataset.CalibrationSamples).From<int>(done => (done, null)), context.Cancel);
        }, resumes: true);
    }

    /// <summary>Draws a dataset (<see cref="DatasetDraw.Stage"/>).</summary>
    public Stage Generate(ExperimentSettings settings, Stage pairStage, ulong seed)
    {
        var (dataset, pairFolder) = (settings.Dataset, pairStage.PathOf(PairFolder));
        var options = new DatasetOptions { Seed = seed, Truncation = dataset.Truncation, Keep = dataset.Keep, MaxAttempts = dataset.MaxAttempts };
        return DatasetDraw.Stage(context.Cache, () => Pair.Load(pairFolder), pairStage.Digest, context.Device, options, dataset.Samples, context.Cancel);
    }

    private PerceptualLoss Perceptual(ExperimentSettings settings) => PerceptualChoice.Open(
        settings.Inversion.Perceptual, context.Lpips, context.Protocol.DiscriminatorFile, context.Device);

    /// <summary>The kinds of label that the experiment is about, of those a schema declares.</summary>
    public LabelKinds Kinds(LabelSchema schema) => context.Protocol.Kinds(schema.Kinds);

    /// <summary>The encoder's file (null for none) and what it depends on.</summary>
    private (string? File, string Digest) Encoder(ExperimentSettings settings)
    {
        if (settings.Encoder.None) return (null, "none");
        string? given = settings.Encoder.Train ? null : context.Protocol.EncoderFile ?? context.Pair.PathOf(PairManifest.EncoderFile);
        if (given is not null) return (given, ContentDigest.OfPath(given));
        var (images, held, digest) = context.Data.Unlabelled();
        var options = new EncoderTrainingOptions { PairIterations = settings.Encoder.PairIterations, PhotoIterations = settings.Encoder.PhotoIterations, Batch = settings.Encoder.Batch };
        var stage = context.Compute("encoder", 1, new { context.Generator, Images = digest, options, settings.Inversion.Perceptual, Weights = context.Perceptual(settings.Inversion.Perceptual) }, target =>
        {
            using var generator = context.Pair.LoadGenerator(context.Device);
            using var perceptual = Perceptual(settings);
            var size = generator.Config;
            using var trainer = new EncoderTrainer(
                generator, perceptual, ImageFolder.Load([images], size.Width, size.Height, cancellationToken: context.Cancel),
                ImageFolder.Load([held], size.Width, size.Height, cancellationToken: context.Cancel), options, target, context.Time);
            var line = context.Cache.Progress("steps", options.PairIterations + options.PhotoIterations);
            trainer.Run(p => line.Report(p.Iteration + (p.Phase == EncoderPhase.Photos ? options.PairIterations : 0), $"loss {p.Loss:0.000}"), context.Cancel);
        }, resumes: true);
        return (stage.PathOf(EncoderTrainer.EncoderFile), stage.Digest);
    }
}
