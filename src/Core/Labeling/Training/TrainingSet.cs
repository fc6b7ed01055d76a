using System.Runtime.InteropServices;
using System.Security.Cryptography;
using HandsOff.Core.StyleGan2;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Labeling.Training;

/// <summary>Inverted photographs ready to learn from: their taps at native size and their labels as tensors on one device.</summary>
internal sealed class TrainingSet : IDisposable
{
    /// <param name="generator">The generator that the latents belong to.</param>
    /// <param name="photographs">Latents [NumWs, WDim] and labels.</param>
    /// <param name="schema">What the labels mean.</param>
    /// <param name="device">Where to train.</param>
    /// <param name="used">Which taps are learned from; all when null.</param>
    public TrainingSet(
        StyleGan2.Generator generator, IReadOnlyList<(Tensor Latents, PhotographLabels Labels)> photographs, LabelSchema schema, Device device, Func<TapShape, bool>? used = null)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        (Width, Height, Count) = (generator.Config.Width, generator.Config.Height, photographs.Count);
        Taps = new TapStore(generator.Config.Taps, Count, Width, Height, device, used);
        for (int i = 0; i < Count; i++)
        {
            using var inner = NewDisposeScope();
            var taps = new List<Tensor>();
            generator.Synthesize(photographs[i].Latents.unsqueeze(0).to(device), NoiseMode.Const, taps: taps);
            Taps.Put(i, taps);
        }

        Taps.Standardise();
        var labels = photographs.Select(p => p.Labels).ToList();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (schema.Kinds.HasFlag(LabelKinds.Segmentation))
        {
            byte[] all = [.. labels.SelectMany(l => l.Mask!)];
            hash.AppendData(all);
            Masks = tensor(all).to(ScalarType.Int64).to(device).DetachFromDisposeScope();
            ClassCounts = new long[schema.Classes.Count];
            foreach (byte id in all)
                if (id < ClassCounts.Length) ClassCounts[id]++;
        }

        if (schema.Depth is { } depth)
        {
            float[] all = [.. labels.SelectMany(l => l.Depth!)];
            hash.AppendData(MemoryMarshal.AsBytes(all.AsSpan()));
            Depths = tensor(all).Minus(depth.Min).Over(depth.Max - depth.Min).to(ScalarType.Float32).to(device).DetachFromDisposeScope();
            DepthValid = tensor(all).gt(Scalars.Of(0)).to(ScalarType.Float32).to(device).DetachFromDisposeScope();
        }

        if (schema.Keypoints.Count > 0)
        {
            float[] all = [.. labels.SelectMany(l => l.Keypoints!)];
            hash.AppendData(MemoryMarshal.AsBytes(all.AsSpan()));
            Keypoints = tensor(all, [Count, schema.Keypoints.Count, 3]).to(device).DetachFromDisposeScope();
        }

        foreach (var (latents, _) in photographs) hash.AppendData(latents.cpu().contiguous().bytes);
        Digest = Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public int Count { get; }

    public int Width { get; }

    public int Height { get; }

    public int Pixels => Width * Height;

    public TapStore Taps { get; }

    /// <summary>Int64 [Count * Pixels] class ids, 255 = ignore; null without segmentation.</summary>
    public Tensor? Masks { get; }

    public long[] ClassCounts { get; } = [];

    /// <summary>[Count * Pixels] depth over the schema's range; null without depth.</summary>
    public Tensor? Depths { get; }

    /// <summary>[Count * Pixels] 1 where the depth is valid.</summary>
    public Tensor? DepthValid { get; }

    /// <summary>[Count, K, 3] x, y, v in label pixels; null without keypoints.</summary>
    public Tensor? Keypoints { get; }

    /// <summary>SHA-256 over labels and latents: what a resumed run must agree with.</summary>
    public string Digest { get; }

    public void Dispose()
    {
        Taps.Dispose();
        Masks?.Dispose();
        Depths?.Dispose();
        DepthValid?.Dispose();
        Keypoints?.Dispose();
    }
}
