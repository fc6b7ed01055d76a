using HandsOff.Core.Datasets;
using HandsOff.Core.Labeling;
using HandsOff.Core.StyleGan2;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Pairs;

/// <summary>Makes a pair's folder: checks the networks, draws the calibration samples, copies the files, writes pair.json last.</summary>
public static class PairPacker
{
    /// <summary>Packs into <paramref name="folder"/> (made when absent; a pair already there is replaced) and returns the pair, loaded back and checked.</summary>
    /// <param name="content">Networks, terms, extras.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="device">Where the calibration runs; the CPU by default.</param>
    /// <param name="progress">Told how many calibration samples are done.</param>
    /// <param name="cancellation">Stops between micro-batches; nothing is written then.</param>
    /// <exception cref="HandsOffException">Networks that do not fit, NaN weights, a file missing, over the size limit.</exception>
    public static Pair Pack(PairContent content, string folder, Device? device = null, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        if (content.Name.Length == 0 || content.Name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')))
            throw HandsOffException.Usage($"pair name '{content.Name}': letters, digits, '-', '_' and '.' are allowed");
        Check(content.CalibrationSamples, content.CalibrationTruncation);
        var sources = new Dictionary<string, string>(content.Extras, StringComparer.Ordinal)
        {
            [PairManifest.GeneratorFile] = content.GeneratorPath,
            [PairManifest.LabelerFile] = content.LabelerPath,
        };
        foreach (var (name, path) in sources)
            if (!File.Exists(path)) throw new HandsOffException($"{path}: no such file; it was to be the pair's {name}");
        long total = sources.Values.Sum(p => new FileInfo(p).Length);
        if (total > content.LargestTotal) throw new HandsOffException($"pair {content.Name}: its files have {total} bytes together, {content.LargestTotal} are allowed");

        using var labeler = LabelerState.Load(content.LabelerPath);
        using var generator = StyleGan2.Generator.Load(content.GeneratorPath);
        Pair.CheckTogether(generator.Config, labeler.Config, content.LabelerPath);
        Calibration calibration;
        using (var engine = new PairEngine(content.Name, "", generator, labeler, device ?? CPU, PairEngine.DefaultMicroBatch))
            calibration = Calibrate(engine, content.CalibrationSamples, content.CalibrationTruncation, content.CalibrationSeed, progress, cancellation);
        // All is checked before a pair that is there is touched.
        calibration.Validate(content.LabelerPath);

        Directory.CreateDirectory(folder);
        foreach (var (name, path) in sources)
        {
            string target = Path.Combine(folder, name);
            if (Path.GetFullPath(path) != Path.GetFullPath(target)) File.Copy(path, target, overwrite: true);
        }

        var manifest = new PairManifest
        {
            Name = content.Name,
            Generator = generator.Config,
            Labeler = LabelerSummary.Of(labeler.Config),
            Schema = labeler.Config.Schema,
            Calibration = calibration,
            Inversion = content.Inversion,
            License = content.License,
            Terms = content.Terms,
            Provenance = content.Provenance,
            Metrics = content.Metrics,
            Files = [.. sources.Keys.Order(StringComparer.Ordinal).Select(name => Pair.Describe(folder, name))],
        };
        Write(folder, manifest with { Digest = manifest.ComputeDigest() });
        return Pair.Load(folder);
    }

    /// <summary>Adds or replaces files that are no part of the pair's identity (card, sheet, encoder) and figures, without a new calibration.</summary>
    public static Pair Amend(string folder, IReadOnlyDictionary<string, string> extras, IReadOnlyDictionary<string, double> metrics)
    {
        var pair = Pair.Load(folder);
        foreach (var (name, path) in extras)
        {
            if (name is PairManifest.GeneratorFile or PairManifest.LabelerFile or PairManifest.FileName) throw HandsOffException.Usage($"{name}: changes what the pair is; pack it anew");
            if (!File.Exists(path)) throw new HandsOffException($"{path}: no such file; it was to be the pair's {name}");
            string target = Path.Combine(pair.Folder, name);
            if (Path.GetFullPath(path) != Path.GetFullPath(target)) File.Copy(path, target, overwrite: true);
        }

        var merged = new SortedDictionary<string, double>(pair.Manifest.Metrics.ToDictionary(), StringComparer.Ordinal);
        foreach (var (name, value) in metrics) merged[name] = value;
        var files = pair.Manifest.Files.Select(f => f.Name).Union(extras.Keys).Order(StringComparer.Ordinal);
        Write(pair.Folder, pair.Manifest with { Metrics = merged, Files = [.. files.Select(name => Pair.Describe(pair.Folder, name))] });
        return Pair.Load(pair.Folder);
    }

    /// <summary>
    /// Draws a packed pair's calibration samples again, at another truncation perhaps: the networks, card and figures stay, the digest becomes another one.
    /// </summary>
    /// <param name="folder">The pair's.</param>
    /// <param name="samples">How many to draw.</param>
    /// <param name="truncation">Truncation psi, 0 to 1: the one that generation then uses where none is given.</param>
    /// <param name="seed">Of the draw.</param>
    /// <param name="device">Where it runs; the CPU by default.</param>
    /// <param name="progress">Told how many samples are done.</param>
    /// <param name="cancellation">Stops between micro-batches; the pair is as it was then.</param>
    /// <exception cref="HandsOffException">Not a whole pair, or a figure out of range.</exception>
    public static Pair Recalibrate(string folder, int samples, float truncation, ulong seed, Device? device = null, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        Check(samples, truncation);
        var pair = Pair.Load(folder);
        Calibration calibration;
        using (var engine = PairEngine.Open(pair, device ?? CPU)) calibration = Calibrate(engine, samples, truncation, seed, progress, cancellation);
        calibration.Validate(pair.Folder);
        var manifest = pair.Manifest with { Calibration = calibration };
        Write(pair.Folder, manifest with { Digest = manifest.ComputeDigest() });
        return Pair.Load(pair.Folder);
    }

    private static void Check(int samples, float truncation)
    {
        if (samples < 1) throw HandsOffException.Usage($"{samples} calibration samples: at least 1 is needed, {PairContent.UsualCalibrationSamples} are usual");
        if (truncation is not (>= 0 and <= 1)) throw HandsOffException.Usage($"truncation {truncation}: 0 to 1 (1: none) would be right");
    }

    private static Calibration Calibrate(PairEngine engine, int samples, float truncation, ulong seed, IProgress<int>? progress, CancellationToken cancellation)
    {
        var recipe = new SampleRecipe(seed, truncation, null, NoiseMode.Const, LabelKinds.None);
        var scores = new List<float>(samples);
        while (scores.Count < samples)
        {
            cancellation.ThrowIfCancellationRequested();
            var keys = Enumerable.Range(scores.Count, Math.Min(engine.MicroBatch, samples - scores.Count)).Select(i => new SampleKey(i, 0)).ToArray();
            scores.AddRange(engine.Generate(keys, recipe).Select(s => s.Uncertainty));
            progress?.Report(scores.Count);
        }

        return Calibration.Of(scores, seed, truncation, NoiseMode.Const);
    }

    private static void Write(string folder, PairManifest manifest)
    {
        string path = Path.Combine(folder, PairManifest.FileName), temporary = path + ".tmp";
        File.WriteAllBytes(temporary, manifest.ToJson());
        File.Move(temporary, path, overwrite: true);
    }
}
