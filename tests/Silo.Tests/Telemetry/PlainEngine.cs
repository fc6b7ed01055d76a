using HandsOff.Core.Datasets;
using HandsOff.Core.Labeling;
using HandsOff.Core.Sampling;

namespace HandsOff.Silo.Tests.Telemetry;

/// <summary>Samples of 16x16 pixels with a mask, as slow as a test wants, half of the time for the labels.</summary>
internal sealed class PlainEngine(TimeSpan perBatch) : ISampleEngine
{
    private const int Side = 16;

    public static readonly LabelSchema Labels = new() { Classes = [new("far", "#204060"), new("near", "#e0a040")] };

    public static readonly PairReference Pair = new("plain", new string('c', 64));

    public string PairName => Pair.Name;

    public string PairDigest => Pair.Digest;

    public LabelSchema Schema => Labels;

    public int Width => Side;

    public int Height => Side;

    public int MicroBatch => 4;

    public KernelClass KernelClass => new("none", "cpu", "none", MicroBatch);

    public double LabelShare => 0.5;

    /// <summary>A request of this engine.</summary>
    public static DatasetRequest Request(int shardSize, ulong seed = 1) =>
        DatasetRequest.Create(new DatasetOptions { Seed = seed, ShardSize = shardSize }, 1000, Pair, Labels, Side, Side, _ => null);

    public RawSample[] Generate(ReadOnlySpan<SampleKey> keys, SampleRecipe recipe)
    {
        if (perBatch > TimeSpan.Zero) Thread.Sleep(perBatch);
        var samples = new RawSample[keys.Length];
        var z = new float[Side * Side];
        for (int i = 0; i < samples.Length; i++)
        {
            LatentSampler.FillZ(z, recipe.Seed, keys[i].Index, keys[i].Attempt);
            byte[] rgb = new byte[3 * z.Length];
            for (int p = 0; p < rgb.Length; p++) rgb[p] = (byte)(128 + 40 * z[p % z.Length]);
            samples[i] = new RawSample { Key = keys[i], Rgb = rgb, Mask = [.. z.Select(v => (byte)(v > 0 ? 1 : 0))], Uncertainty = Math.Abs(z[0]) };
        }

        return samples;
    }

    public void Dispose()
    {
    }
}
