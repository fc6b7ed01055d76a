using System.Diagnostics;
using System.Runtime.InteropServices;
using HandsOff.Core.Datasets;
using HandsOff.Core.Labeling;
using HandsOff.Core.Sampling;
using HandsOff.Core.StyleGan2;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Pairs;

/// <summary>
/// A pair on a device. Every call runs one micro-batch of the same shape (missing samples are padded with the last one's
/// latent); latents and seeded noise are drawn on the host, so that they are the same for every device. One thread.
/// </summary>
public sealed class PairEngine : ISampleEngine
{
    /// <summary>Micro-batch on a CPU: the fastest there, and its activations stay small.</summary>
    public const int DefaultMicroBatch = 8;

    // A GPU must be waited for to tell its stages apart: one call of so many is enough.
    private const int CudaMeasuredEvery = 16;

    private readonly FastGenerator _generator;
    private readonly Labeler _labeler;
    private readonly Device _device;
    private readonly StyleGan2Config _config;
    private readonly float[] _z;
    private readonly float[][] _noise;
    private int _calls;

    internal PairEngine(string name, string digest, StyleGan2.Generator generator, LabelerState labeler, Device device, int microBatch, ScalarType maps = ScalarType.Float32)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(microBatch, 2);
        PairName = name;
        PairDigest = digest;
        MicroBatch = microBatch;
        _device = device;
        _config = generator.Config;
        _generator = new FastGenerator(generator, device, maps);
        _labeler = new Labeler(labeler, device);
        Schema = labeler.Config.Schema;
        KernelClass = KernelClasses.Of(device, microBatch, maps);
        _z = new float[microBatch * _config.ZDim];
        _noise = [.. _config.Taps.Skip(1).Select(t => new float[microBatch * t.Height * t.Width])];
    }

    public string PairName { get; }

    public string PairDigest { get; }

    public LabelSchema Schema { get; }

    public int Width => _config.Width;

    public int Height => _config.Height;

    public int MicroBatch { get; }

    public KernelClass KernelClass { get; }

    public double LabelShare { get; private set; }

    public long Bytes { get; private init; }

    /// <summary>
    /// Loads a pair onto a device. A micro-batch of 1 is refused: its kernels differ (docs/design/sampling.md). <paramref name="maps"/>
    /// is the type of the generator's large feature maps (see <see cref="FastGenerator"/>); it is part of the kernel class.
    /// </summary>
    /// <exception cref="HandsOffException">Wrong shapes, NaN weights, generator and labeler of different pairs.</exception>
    public static PairEngine Open(Pair pair, Device? device = null, int microBatch = DefaultMicroBatch, ScalarType maps = ScalarType.Float32)
    {
        using var state = pair.LoadLabeler();
        using var generator = pair.LoadGenerator();
        return new PairEngine(pair.Name, pair.Digest, generator, state, device ?? CPU, microBatch, maps)
        {
            Bytes = pair.Manifest.Files.Where(f => f.Name is PairManifest.GeneratorFile or PairManifest.LabelerFile).Sum(f => f.Bytes),
        };
    }

    /// <summary>The kernel class of a pair that is opened on a device without saying more.</summary>
    public static KernelClass ClassOn(Device device, ScalarType maps) => KernelClasses.Of(device, DefaultMicroBatch, maps);

    /// <summary>The type of the generator's large feature maps in a kernel class.</summary>
    public static ScalarType MapsOf(KernelClass kernel) => KernelClasses.MapsOf(kernel);

    public RawSample[] Generate(ReadOnlySpan<SampleKey> keys, SampleRecipe recipe)
    {
        if (keys.Length == 0) return [];
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keys.Length, MicroBatch, nameof(keys));
        if ((recipe.Labels & ~_labeler.Config.Kinds) is var missing and not LabelKinds.None)
            throw HandsOffException.Usage($"pair {PairName} has no head for {missing}; it gives {_labeler.Config.Kinds}");
        int count = keys.Length;
        bool cpu = _device.type == DeviceType.CPU, measured = cpu || _calls++ % CudaMeasuredEvery == 0;
        long start = Stopwatch.GetTimestamp();
        Draw(keys, recipe);

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var ws = _generator.Map(tensor(_z, [MicroBatch, _config.ZDim]).to(_device), recipe.Truncation, recipe.TruncationCutoff);
        List<Tensor>? noise = recipe.Noise == NoiseMode.Seeded
            ? [.. _noise.Zip(_config.Taps.Skip(1), (values, t) => tensor(values, [MicroBatch, 1, t.Height, t.Width]).to(_device))]
            : null;
        var taps = new List<Tensor>();
        var image = _generator.Synthesize(ws, recipe.Noise, noise, taps);

        // On the CPU the labeler runs sample by sample, so padding need not be labelled.
        if (cpu) taps = [.. taps.Select(t => t.narrow(0, 0, count))];
        if (measured && !cpu) cuda.synchronize(_device);
        long labeling = Stopwatch.GetTimestamp();
        using var labels = _labeler.Label(taps);
        if (measured && !cpu) cuda.synchronize(_device);
        long labeled = Stopwatch.GetTimestamp();
        var rgb = Pixels.ToBytes(image.narrow(0, 0, count)).permute(0, 2, 3, 1).cpu().contiguous();
        var samples = Collect(keys, recipe.Labels, rgb, labels);
        if (measured) LabelShare = (labeled - labeling) / (double)Math.Max(1, Stopwatch.GetTimestamp() - start);
        return samples;
    }

    public void Dispose()
    {
        _generator.Dispose();
        _labeler.Dispose();
    }

    private void Draw(ReadOnlySpan<SampleKey> keys, SampleRecipe recipe)
    {
        for (int i = 0; i < MicroBatch; i++)
        {
            var key = keys[Math.Min(i, keys.Length - 1)];
            LatentSampler.FillZ(_z.AsSpan(i * _config.ZDim, _config.ZDim), recipe.Seed, key.Index, key.Attempt);
            if (recipe.Noise != NoiseMode.Seeded) continue;
            for (int layer = 0; layer < _noise.Length; layer++)
            {
                int pixels = _noise[layer].Length / MicroBatch;
                LatentSampler.FillNoise(_noise[layer].AsSpan(i * pixels, pixels), recipe.Seed, key.Index, key.Attempt, layer);
            }
        }
    }

    private RawSample[] Collect(ReadOnlySpan<SampleKey> keys, LabelKinds kinds, Tensor rgb, LabelBatch labels)
    {
        int pixels = Width * Height, points = Schema.Keypoints.Count * 3;
        var mask = kinds.HasFlag(LabelKinds.Segmentation) ? labels.Mask!.cpu().contiguous() : null;
        var depth = kinds.HasFlag(LabelKinds.Depth) ? labels.Depth!.cpu().contiguous() : null;
        var keypoints = kinds.HasFlag(LabelKinds.Keypoints) ? labels.Keypoints!.cpu().contiguous() : null;
        var scores = MemoryMarshal.Cast<byte, float>(labels.Score.cpu().contiguous().bytes);
        var samples = new RawSample[keys.Length];
        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = new RawSample
            {
                Key = keys[i],
                Rgb = rgb.bytes.Slice(i * pixels * 3, pixels * 3).ToArray(),
                Mask = mask?.bytes.Slice(i * pixels, pixels).ToArray(),
                Depth = depth is null ? null : Narrow(MemoryMarshal.Cast<byte, int>(depth.bytes).Slice(i * pixels, pixels)),
                Keypoints = keypoints is null ? null : MemoryMarshal.Cast<byte, float>(keypoints.bytes).Slice(i * points, points).ToArray(),
                Uncertainty = scores[i],
            };
        }

        return samples;
    }

    private static ushort[] Narrow(ReadOnlySpan<int> values)
    {
        var narrow = new ushort[values.Length];
        for (int i = 0; i < values.Length; i++) narrow[i] = (ushort)values[i];
        return narrow;
    }
}
