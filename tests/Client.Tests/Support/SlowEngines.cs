using HandsOff.Core;
using HandsOff.Core.Datasets;
using HandsOff.Core.Labeling;
using HandsOff.Grains.Nodes;

namespace HandsOff.Client.Tests.Support;

/// <summary>Engines that can be held back, and a pair that can go missing.</summary>
internal sealed class SlowEngines(IEngineFactory inner) : IEngineFactory
{
    private int _batches;

    /// <summary>Micro-batches are made while it is set.</summary>
    public ManualResetEventSlim Hold { get; } = new(initialState: true);

    public bool Missing { get; set; }

    /// <summary>Micro-batches asked for so far.</summary>
    public int Batches => Volatile.Read(ref _batches);

    public ISampleEngine Load(string pairName, string pairDigest, string device) =>
        Missing ? throw new HandsOffException($"pair {pairName}: the store does not have it") : new Engine(this, inner.Load(pairName, pairDigest, device));

    private sealed class Engine(SlowEngines owner, ISampleEngine inner) : ISampleEngine
    {
        public string PairName => inner.PairName;

        public string PairDigest => inner.PairDigest;

        public LabelSchema Schema => inner.Schema;

        public int Width => inner.Width;

        public int Height => inner.Height;

        public int MicroBatch => inner.MicroBatch;

        public KernelClass KernelClass => inner.KernelClass;

        public RawSample[] Generate(ReadOnlySpan<SampleKey> keys, SampleRecipe recipe)
        {
            Interlocked.Increment(ref owner._batches);
            owner.Hold.Wait();
            return inner.Generate(keys, recipe);
        }

        public void Dispose() => inner.Dispose();
    }
}
