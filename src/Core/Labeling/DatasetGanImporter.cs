using System.Text.RegularExpressions;
using HandsOff.Core.Checkpoints;
using HandsOff.Core.StyleGan2;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Labeling;

/// <summary>
/// Imports a segmentation labeler that DatasetGAN's or HandsOff's released code trained: a file <c>model_N.pth</c> a
/// member, holding Linear, ReLU, BN, Linear, ReLU, BN, Linear on the hypercolumn (constant, then every styled convolution).
/// </summary>
public static partial class DatasetGanImporter
{
    /// <param name="path">A folder of model_0.pth, model_1.pth, ... or one such file.</param>
    /// <param name="generator">The generator it was trained on; its taps must have as many channels as the members have inputs.</param>
    /// <param name="schema">What the classes are called; "class 0", ... when null.</param>
    /// <param name="width">Label width; the generator's when null.</param>
    /// <param name="height">Label height; the generator's when null.</param>
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="HandsOffException">No member there; members that differ, or do not fit generator or schema.</exception>
    public static LabelerState Import(string path, StyleGan2Config generator, LabelSchema? schema = null, int? width = null, int? height = null)
    {
        var files = MemberFiles(path);
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        LabelerConfig? config = null;
        try
        {
            for (int m = 0; m < files.Count; m++)
            {
                var member = ReadMember(files[m]);
                foreach (var (key, tensor) in member) tensors[MlpLayout.Key("segmentation", m, key)] = tensor;
                config ??= Config(files[0], member, files.Count, generator, schema) with { Width = width ?? generator.Width, Height = height ?? generator.Height };
            }
        }
        catch
        {
            foreach (var t in tensors.Values) t.Dispose();
            throw;
        }

        return new LabelerState(config!, tensors, path); // checks that the members agree
    }

    private static List<string> MemberFiles(string path)
    {
        if (!Directory.Exists(path)) return [path];
        var files = Directory.EnumerateFiles(path).Select(f => (File: f, Match: MemberName().Match(Path.GetFileName(f)))).Where(f => f.Match.Success)
            .OrderBy(f => int.Parse(f.Match.Groups[1].Value)).Select(f => f.File).ToList();
        return files.Count > 0 ? files : throw new HandsOffException($"{path}: no labeler members there; files model_0.pth, model_1.pth, ... would be right");
    }

    private static Dictionary<string, Tensor> ReadMember(string file)
    {
        using var noGrad = no_grad();
        var read = CheckpointReader.ReadStateDict(file);
        var member = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (key, tensor) in read)
        {
            // The batch norms' counters of training steps are of no use here.
            if (!key.EndsWith("num_batches_tracked", StringComparison.Ordinal)) member[key] = tensor.to(ScalarType.Float32, copy: true).DetachFromDisposeScope();
            tensor.Dispose();
        }

        return member;
    }

    private static LabelerConfig Config(string file, Dictionary<string, Tensor> member, int members, StyleGan2Config generator, LabelSchema? schema)
    {
        long[] first = Shape("layers.0.weight"), second = Shape("layers.3.weight"), last = Shape("layers.6.weight");
        long features = generator.Taps.Sum(t => (long)t.Channels);
        if (first[1] != features) throw new HandsOffException($"{file}: it reads {first[1]} features a pixel, the generator gives {features}: it belongs to another generator");
        schema ??= new LabelSchema { Classes = [.. Enumerable.Range(0, (int)last[0]).Select(i => new ClassInfo($"class {i}", Color(i)))] };
        if (schema.Classes.Count != last[0]) throw new HandsOffException($"{file}: it knows {last[0]} classes, the schema names {schema.Classes.Count}");
        return new LabelerConfig
        {
            Taps = generator.Taps,
            Width = generator.Width,
            Height = generator.Height,
            Members = members,
            Heads = [new HeadConfig { Kind = LabelKinds.Segmentation, Hidden1 = (int)first[0], Hidden2 = (int)second[0] }],
            Schema = schema with { Keypoints = [], Skeleton = [], KeypointFlip = [], Depth = null },
        };

        long[] Shape(string key) => member.TryGetValue(key, out var t) && t.dim() == 2
            ? t.shape
            : throw new HandsOffException($"{file}: no labeler member: it has no matrix '{key}' (Linear, ReLU, BN, Linear, ReLU, BN, Linear would be right)");
    }

    // Hues a golden ratio apart: neighbours in id are far apart in colour. Class 0, the background, is black.
    private static string Color(int id)
    {
        if (id == 0) return "#000000";
        double hue = id * 0.618034 % 1 * 6;
        int Channel(double shift) => (int)(255 * Math.Clamp(Math.Abs(((hue + shift) % 6) - 3) - 1, 0, 1));
        return $"#{Channel(0):x2}{Channel(4):x2}{Channel(2):x2}";
    }

    [GeneratedRegex(@"^model_(\d{1,4})\.pth$")]
    private static partial Regex MemberName();
}
