using HandsOff.Core.Datasets;
using HandsOff.Core.Labeling;

namespace HandsOff.Grains.Tests.Fakes;

/// <summary>An engine that weighs something and says when it goes.</summary>
internal sealed class HeavyEngine(string digest, long bytes, List<string> gone) : ISampleEngine
{
    public string PairName => digest;

    public string PairDigest => digest;

    public LabelSchema Schema { get; } = new();

    public int Width => 8;

    public int Height => 8;

    public int MicroBatch => 64;

    public long Bytes => bytes;

    public KernelClass KernelClass => new("none", "null", "none", MicroBatch);

    public RawSample[] Generate(ReadOnlySpan<SampleKey> keys, SampleRecipe recipe) => [];

    public void Dispose()
    {
        lock (gone) gone.Add(digest);
    }
}
