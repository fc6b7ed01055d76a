using HandsOff.Core.Datasets;
using HandsOff.Core.Labeling;
using HandsOff.Core.Sampling;

namespace HandsOff.Bench.Datasets;

/// <summary>Samples of 64x64 pixels with all labels that cost next to nothing to make: what remains is the pipeline itself.</summary>
internal sealed class BlankEngine : ISampleEngine
{
    private const int Side = 64;

    public static LabelSchema Labels { get; } = new()
    {
        Classes = [new("far", "#204060"), new("near", "#e0a040")],
        Keypoints = ["centre"],
        Depth = new DepthInfo("metre", 1000, 0, 5),
    };

    public string PairName => "blank";

    public string PairDigest => new('0', 64);

    public LabelSchema Schema => Labels;

    public int Width => Side;

    public int Height => Side;

    public int MicroBatch => 8;

    public KernelClass KernelClass => new("none", "none", "none", MicroBatch);

    public RawSample[] Generate(ReadOnlySpan<SampleKey> keys, SampleRecipe recipe)
    {
        var samples = new RawSample[keys.Length];
        Span<float> z = stackalloc float[16];
        for (int i = 0; i < samples.Length; i++)
        {
            LatentSampler.FillZ(z, recipe.Seed, keys[i].Index, keys[i].Attempt);
            var sample = new RawSample { Key = keys[i], Rgb = new byte[3 * Side * Side], Mask = new byte[Side * Side], Depth = new ushort[Side * Side], Keypoints = [32 + z[0], 32 + z[1], 2], Uncertainty = Math.Abs(z[2]) };
            for (int p = 0; p < Side * Side; p++)
            {
                float wave = z[p & 15] * 6 + (p % Side - 32) * z[3] + (p / Side - 32) * z[4];
                (sample.Rgb[3 * p], sample.Rgb[3 * p + 1], sample.Rgb[3 * p + 2]) = ((byte)(128 + wave), (byte)(128 - wave), (byte)(100 + wave / 2));
                sample.Mask[p] = wave > 0 ? (byte)1 : (byte)0;
                sample.Depth[p] = (ushort)(2000 + 8 * wave);
            }

            samples[i] = sample;
        }

        return samples;
    }

    public void Dispose()
    {
    }
}
