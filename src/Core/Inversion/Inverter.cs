using HandsOff.Core.Evaluation;
using HandsOff.Core.StyleGan2;
using HandsOff.Core.Tensors;
using HandsOff.Core.Training;
using TorchSharp;
using static TorchSharp.torch;
using Generator = HandsOff.Core.StyleGan2.Generator;

namespace HandsOff.Core.Inversion;

/// <summary>
/// Inverts photographs: encoder, then optional optimisation of each one's latents, then the gate. Writes
/// <c>latents.safetensors</c> (id -> [NumWs,WDim], every photograph), <c>inversion.json</c> and <c>sheet.png</c>.
/// </summary>
public static class Inverter
{
    public const string LatentsFile = "latents.safetensors", ReportFile = "inversion.json", SheetFile = "sheet.png";

    /// <summary>Opens the photographs to invert: a labelled folder (its <c>images/</c>), a folder, a zip (each with an optional <c>:PREFIX</c>).</summary>
    /// <exception cref="HandsOffException">Missing, unreadable, of another shape than the generator's, or two with one id.</exception>
    public static ImageFolder Open(string path, StyleGan2Config config, CancellationToken cancel = default)
    {
        string images = Path.Combine(path, "images");
        var set = ImageFolder.Load([Directory.Exists(images) ? images : path], config.Width, config.Height, cancellationToken: cancel);
        string? twice = set.Names.GroupBy(Id).FirstOrDefault(g => g.Count() > 1)?.Key;
        if (twice is not null) throw new HandsOffException($"{path}: two photographs are called '{twice}'; names without their endings must differ");
        return set;
    }

    /// <summary>The id of an image file: its name without folder and ending.</summary>
    public static string Id(string name) => Path.GetFileNameWithoutExtension(name);

    /// <summary>Inverts them all and writes the results to <paramref name="folder"/>.</summary>
    /// <param name="generator">Frozen here; stays the caller's.</param>
    /// <param name="encoder">Gives the initial latents; the mean latent does when null.</param>
    /// <param name="perceptual">What is optimised and reported; stays the caller's.</param>
    /// <param name="photos">Photographs of the generator's size (<see cref="Open"/>).</param>
    /// <param name="options">Of the optimisation.</param>
    /// <param name="gate">Largest perceptual distance accepted; null for a rule that drops outliers.</param>
    /// <param name="folder">Created.</param>
    /// <param name="progress">Told steps done, steps in all, and the batch's mean loss.</param>
    /// <param name="time">Clock of the report.</param>
    /// <param name="cancel">Stops; nothing is written then.</param>
    public static InversionReport Run(
        Generator generator, Encoder? encoder, PerceptualLoss perceptual, ImageFolder photos, LatentOptimizerOptions options, double? gate, string folder,
        Action<int, int, double>? progress = null, TimeProvider? time = null, CancellationToken cancel = default)
    {
        time ??= TimeProvider.System;
        long began = time.GetTimestamp();
        Directory.CreateDirectory(folder);
        using var scope = NewDisposeScope();
        var device = generator.WAverage.device;
        var images = photos.Batch([.. Enumerable.Range(0, photos.Count)], device: device);
        var optimizer = new LatentOptimizer(generator, perceptual, options);
        var initial = encoder is null
            ? generator.WAverage.view(1, 1, -1).expand(photos.Count, generator.Config.NumWs, -1).clone()
            : InBatches(images, options.Batch, batch => encoder.Encode(generator, batch));
        var best = options.Steps == 0 ? initial : optimizer.Optimize(images, initial, progress, cancel);

        using var noGrad = no_grad();
        var before = Measure(generator, perceptual, initial, images, options.Batch);
        var after = options.Steps == 0 ? before : Measure(generator, perceptual, best, images, options.Batch);
        var (limit, rule) = InversionGate.Of(after.Lpips, gate);
        var rows = photos.Names.Select((name, i) => new InversionImage
        {
            Id = Id(name),
            Lpips = after.Lpips[i],
            Mse = after.Mse[i],
            Accepted = after.Lpips[i] <= limit,
            EncoderLpips = before.Lpips[i],
            EncoderMse = before.Mse[i],
        }).ToList();
        var report = new InversionReport
        {
            Measure = perceptual.Name,
            Gate = limit,
            GateRule = rule,
            Encoder = encoder is not null,
            Optimization = options,
            MeanLpips = after.Lpips.Average(),
            MeanMse = after.Mse.Average(),
            MeanEncoderLpips = before.Lpips.Average(),
            MeanEncoderMse = before.Mse.Average(),
            Accepted = rows.Count(r => r.Accepted),
            Images = rows,
            Seconds = Math.Round(time.GetElapsedTime(began).TotalSeconds, 1),
        };
        SafeTensors.Write(
            Path.Combine(folder, LatentsFile),
            photos.Names.Select((name, i) => KeyValuePair.Create(Id(name), best[i])),
            new Dictionary<string, string> { ["kind"] = "handsoff-latents", ["num_ws"] = $"{generator.Config.NumWs}", ["w_dim"] = $"{generator.Config.WDim}" });
        List<Tensor> columns = options.Steps == 0 ? [images, before.Images] : [images, before.Images, after.Images];
        File.WriteAllBytes(Path.Combine(folder, SheetFile), InversionSheet.Draw(columns, [.. rows.Select(r => r.Accepted)]));
        report.Write(Path.Combine(folder, ReportFile));
        return report;
    }

    private static (double[] Lpips, double[] Mse, Tensor Images) Measure(Generator generator, PerceptualLoss perceptual, Tensor ws, Tensor photos, int batch)
    {
        var images = InBatches(ws, batch, part => generator.Synthesize(part));
        using var scope = NewDisposeScope();
        var distance = cat([.. Parts(photos, batch).Select(p => perceptual.Distance(images[p], photos[p]))], 0).cpu();
        var error = ReconstructionLoss.SquaredError(images, photos).cpu();
        return (Doubles(distance), Doubles(error), images);
    }

    private static double[] Doubles(Tensor values) => [.. values.contiguous().data<float>().ToArray().Select(v => (double)v)];

    private static Tensor InBatches(Tensor all, int batch, Func<Tensor, Tensor> work)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return cat([.. Parts(all, batch).Select(p => work(all[p]))], 0).MoveToOuterDisposeScope();
    }

    private static IEnumerable<Range> Parts(Tensor all, int batch)
    {
        for (int at = 0; at < all.shape[0]; at += batch) yield return at..(int)Math.Min(all.shape[0], at + batch);
    }
}
