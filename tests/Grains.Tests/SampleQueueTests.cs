using HandsOff.Core.Datasets;
using HandsOff.Core.Labeling;
using HandsOff.Grains.Nodes;

namespace HandsOff.Grains.Tests;

public sealed class SampleQueueTests
{
    private static readonly LabelSchema s_schema = new() { Classes = [new("far", "#204060"), new("near", "#e0a040")] };

    [Fact]
    public async Task Samples_that_wait_together_share_a_micro_batch_and_each_gets_its_own()
    {
        using var gate = new ManualResetEventSlim();
        var engine = new GatedEngine(gate);
        await using var device = await DeviceThread.StartAsync(() => engine);
        var queue = new SampleQueue(device);
        var first = queue.MakeAsync(Request(seed: 1), 0);
        engine.Begun.Wait(TestContext.Current.CancellationToken);
        Task<(RawSample Sample, bool Flagged)>[] others = [.. Enumerable.Range(1, 6).Select(i => queue.MakeAsync(Request(seed: 1), i)), queue.MakeAsync(Request(seed: 2), 9)];
        gate.Set();
        await first;
        var made = await Task.WhenAll(others);
        Assert.Equal([1, 2, 3, 4, 5, 6, 9], made.Select(m => m.Sample.Key.Index));
        Assert.Equal(["0", "1 2 3 4", "5 6", "9"], engine.Batches);
    }

    [Fact]
    public async Task A_sample_that_cannot_be_made_takes_no_other_with_it()
    {
        using var gate = new ManualResetEventSlim();
        var engine = new GatedEngine(gate) { Bad = 2 };
        await using var device = await DeviceThread.StartAsync(() => engine);
        var queue = new SampleQueue(device);
        Task<(RawSample Sample, bool Flagged)>[] all = [.. Enumerable.Range(0, 4).Select(i => queue.MakeAsync(Request(seed: 1), i))];
        gate.Set();
        for (int i = 0; i < 4; i++)
        {
            if (i == 2) await Assert.ThrowsAsync<InvalidDataException>(() => all[2]);
            else Assert.Equal(i, (await all[i]).Sample.Key.Index);
        }
    }

    [Fact]
    public async Task An_uncertain_draw_is_repeated_as_the_request_says_and_the_last_one_is_flagged()
    {
        using var gate = new ManualResetEventSlim(initialState: true);
        var engine = new GatedEngine(gate) { Uncertain = key => key.Index == 7 || key.Attempt < 2 };
        await using var device = await DeviceThread.StartAsync(() => engine);
        var queue = new SampleQueue(device);
        var request = Request(seed: 1) with { Keep = 0.5, UncertaintyCut = 0.5f, MaxAttempts = 4 };
        var (kept, flagged) = await queue.MakeAsync(request, 3);
        Assert.Equal((2, false), (kept.Key.Attempt, flagged));
        (kept, flagged) = await queue.MakeAsync(request, 7);
        Assert.Equal((3, true), (kept.Key.Attempt, flagged));
    }

    private static DatasetRequest Request(ulong seed) =>
        DatasetRequest.Create(new DatasetOptions { Seed = seed }, 100, new PairReference("gated", new string('a', 64)), s_schema, 2, 2, _ => null);

    /// <summary>Makes nothing before the gate opens, and remembers what it was asked for together.</summary>
    private sealed class GatedEngine(ManualResetEventSlim gate) : ISampleEngine
    {
        public ManualResetEventSlim Begun { get; } = new();

        public List<string> Batches { get; } = [];

        public long Bad { get; init; } = -1;

        public Func<SampleKey, bool> Uncertain { get; init; } = _ => false;

        public string PairName => "gated";

        public string PairDigest => new('a', 64);

        public LabelSchema Schema => s_schema;

        public int Width => 2;

        public int Height => 2;

        public int MicroBatch => 4;

        public KernelClass KernelClass => new("none", "cpu", "none", MicroBatch);

        public double LabelShare => 0.5;

        public RawSample[] Generate(ReadOnlySpan<SampleKey> keys, SampleRecipe recipe)
        {
            Begun.Set();
            gate.Wait();
            var samples = new List<RawSample>();
            foreach (var key in keys)
            {
                if (key.Index == Bad) throw new InvalidDataException("bad");
                samples.Add(new RawSample { Key = key, Rgb = new byte[12], Mask = new byte[4], Uncertainty = Uncertain(key) ? 1 : 0 });
            }

            Batches.Add(string.Join(' ', samples.Select(s => s.Key.Index)));
            return [.. samples];
        }

        public void Dispose() => Begun.Dispose();
    }
}
