using HandsOff.Core.Datasets;
using HandsOff.Core.Labeling;
using HandsOff.Core.Sampling;

namespace HandsOff.Core.Tests.Datasets;

/// <summary>An engine whose samples are a pure function of recipe and key, cheap, and with all three labels.</summary>
internal sealed class FakeEngine(int microBatch = 4, int width = 20, int height = 12) : ISampleEngine
{
    public static readonly LabelSchema AllLabels = new()
    {
        Classes = [new("background", "#202020"), new("hair", "#c08040"), new("nose \"tip\"", "#40c080")],
        Keypoints = ["left", "right"],
        Skeleton = [[0, 1]],
        Depth = new DepthInfo("metre", 1000, 0.5, 4),
    };

    /// <summary>Calls so far, and how many keys each had.</summary>
    public List<int> Batches { get; } = [];

    /// <summary>Changes the bits, as a device that does not keep its promise would.</summary>
    public byte Twist { get; init; }

    public Func<SampleKey, Exception?> Failure { get; init; } = _ => null;

    public string PairName => "fake";

    public string PairDigest => new('a', 64);

    public LabelSchema Schema => AllLabels;

    public int Width => width;

    public int Height => height;

    public int MicroBatch => microBatch;

    public KernelClass KernelClass => new("fake", "cpu", "fp32", 4);

    public RawSample[] Generate(ReadOnlySpan<SampleKey> keys, SampleRecipe recipe)
    {
        Assert.InRange(keys.Length, 1, microBatch);
        Batches.Add(keys.Length);
        var samples = new RawSample[keys.Length];
        for (int i = 0; i < keys.Length; i++)
        {
            if (Failure(keys[i]) is { } error) throw error;
            samples[i] = One(keys[i], recipe);
        }

        return samples;
    }

    private RawSample One(SampleKey key, SampleRecipe recipe)
    {
        int pixels = width * height;
        var z = new float[pixels];
        LatentSampler.FillZ(z, recipe.Seed, key.Index, key.Attempt);
        var rgb = new byte[3 * pixels];
        for (int i = 0; i < rgb.Length; i++) rgb[i] = (byte)((int)(128 + 40 * z[0] + i % (3 * width) + 20 * z[i % 7]) ^ Twist);
        return new RawSample
        {
            Key = key,
            Rgb = rgb,
            Mask = recipe.Labels.HasFlag(LabelKinds.Segmentation) ? [.. z.Select(v => (byte)(v > 0.5 ? 2 : v > -0.5 ? 1 : 0))] : null,
            Depth = recipe.Labels.HasFlag(LabelKinds.Depth) ? [.. z.Select(v => (ushort)(2000 + 500 * v))] : null,
            Keypoints = recipe.Labels.HasFlag(LabelKinds.Keypoints) ? [z[1] + 10, z[2] + 6, 2, z[3] + 12, z[4] + 5, 1] : null,
            Uncertainty = Math.Abs(z[5]),
        };
    }

    public void Dispose()
    {
    }
}
