using HandsOff.Core.Datasets;
using HandsOff.Core.Tests.Datasets;
using HandsOff.Grains.Coordination;

namespace HandsOff.Grains.Tests.Protocol;

/// <summary>
/// The process dies, or an answer is lost, at every step and at every pair of steps from the order to the manifest; what follows makes the very dataset
/// that a life without faults makes.
/// </summary>
public sealed class CrashTests : IAsyncLifetime
{
    private ShardPipeline _pipeline = null!;

    public async ValueTask InitializeAsync() => _pipeline = await Bench.PipelineAsync(new FakeEngine(), new ShardPipelineOptions { EncodeThreads = 1 });

    public ValueTask DisposeAsync() => _pipeline.DisposeAsync();

    [Fact]
    public async Task A_process_that_dies_at_any_step_loses_and_changes_nothing()
    {
        var clean = await LifeAsync([], 3);
        for (int at = 1; at <= clean.Events; at++)
        {
            var dead = await LifeAsync([], 3, crash: at);
            await LifeAsync(dead.Blobs, 3, expected: clean.Blobs, what: $"crash at event {at}");
        }
    }

    [Fact]
    public async Task Two_processes_that_die_one_after_the_other_at_any_pair_of_steps_lose_and_change_nothing() =>
        Assert.InRange(await PairsOfCrashesAsync([], 3, everyEvent: false), 80, 400);

    [Fact]
    public async Task The_same_holds_while_a_dataset_is_extended_and_its_short_shard_succeeded()
    {
        var small = await LifeAsync([], 3);
        Assert.InRange(await PairsOfCrashesAsync(small.Blobs, 4, everyEvent: false), 60, 400);
    }

    // Steps between two changes of the store leave the same store behind, so that the two above say all; these try it. Minutes: run with -explicit on.
    [Fact(Explicit = true)]
    public async Task Every_pair_of_events_whether_they_change_the_store_or_not()
    {
        var small = await LifeAsync([], 3);
        int pairs = await PairsOfCrashesAsync([], 3, everyEvent: true) + await PairsOfCrashesAsync(small.Blobs, 4, everyEvent: true);
        TestContext.Current.SendDiagnosticMessage($"{pairs} pairs of crashes");
        await AnswersLostAsync(apart: 25);
    }

    [Fact]
    public Task Answers_lost_at_any_step_or_two_near_ones_are_made_good_within_the_same_life() => AnswersLostAsync(apart: 2);

    [Fact]
    public async Task A_dataset_cancelled_at_any_step_has_no_manifest_or_a_faultless_one()
    {
        var clean = await LifeAsync([], 3);
        for (int at = 3; at <= clean.Events; at++)
        {
            var store = new MemoryStore();
            Task<CancelOutcome>? cancel = null;
            int receipts = -1;
            var plan = new FaultPlan(store)
            {
                At = now =>
                {
                    if (now != at) return;
                    cancel = DatasetLife.StorageOf(store.Reopen()).CancelAsync("az:root/d", default);
                    cancel.Wait(); // within this very step
                    receipts = store.Blobs.Keys.Count(k => k.StartsWith(DatasetBlobs.Receipts, StringComparison.Ordinal));
                },
            };
            var error = await Record.ExceptionAsync(() => new DatasetLife(store, _pipeline, 3).RunAsync());
            Assert.True(error is null or Core.HandsOffException, $"event {at}: {error}");
            Assert.Null(plan.Broken);
            bool complete = store.Blobs.ContainsKey(DatasetBlobs.Manifest);
            if (complete) Same(clean.Blobs.Where(b => b.Key != DatasetBlobs.Cancelled), store.Blobs.Where(b => b.Key != DatasetBlobs.Cancelled), $"cancelled at event {at}");
            else Assert.Contains("cancelled", error!.Message);

            // At most the one shard that had looked for the mark before it was there.
            int late = store.Blobs.Keys.Count(k => k.StartsWith(DatasetBlobs.Receipts, StringComparison.Ordinal)) - receipts;
            Assert.True(late <= 1 || complete, $"event {at}: {late} receipts after the mark");
            if (await cancel! == CancelOutcome.Finished) Assert.True(complete);
        }
    }

    [Fact]
    public async Task What_a_store_loses_after_it_acknowledged_it_is_found_before_the_manifest_and_made_again()
    {
        // An emulator killed within its five seconds: any blob of a shard is gone, or back as it was half written, when the finaliser comes.
        var clean = await LifeAsync([], 3);
        foreach (string lost in clean.Blobs.Keys.Where(k => k.StartsWith(DatasetBlobs.Shards, StringComparison.Ordinal) || k.StartsWith(DatasetBlobs.Receipts, StringComparison.Ordinal)))
        {
            foreach (bool damaged in new[] { false, true })
            {
                var store = new MemoryStore();
                bool done = false;
                store.Fault = (what, _) =>
                {
                    if (done || what != "read request.json" || !store.Blobs.ContainsKey("receipts/000001-n1.json")) return null;
                    done = true;
                    if (damaged) store.Blobs[lost] = [.. store.Blobs[lost].Select((b, i) => i == 100 ? (byte)~b : b)];
                    else store.Blobs.TryRemove(lost, out byte[]? _);
                    return null;
                };
                await new DatasetLife(store, _pipeline, 3).RunAsync();
                Assert.True(done);
                Same(clean.Blobs, store.Blobs, $"{lost} {(damaged ? "damaged" : "lost")}");
            }
        }
    }

    private async Task AnswersLostAsync(int apart)
    {
        var clean = await LifeAsync([], 3);
        for (int first = 1; first <= clean.Events; first++)
        {
            // A second fault far from the first meets a life that has recovered.
            for (int second = first; second <= first + apart; second++)
            {
                var store = new MemoryStore();
                var plan = new FaultPlan(store, losses: [first, second]);
                await new DatasetLife(store, _pipeline, 3).RunAsync();
                Check(clean.Blobs, store, plan, $"answers lost at events {first} and {second}");
            }
        }
    }

    private async Task<int> PairsOfCrashesAsync(Dictionary<string, byte[]> before, long samples, bool everyEvent)
    {
        var clean = await LifeAsync(before, samples);
        int pairs = 0;
        foreach (int first in clean.Points(everyEvent))
        {
            var dead = await LifeAsync(before, samples, crash: first);
            var second = await LifeAsync(dead.Blobs, samples, expected: clean.Blobs, what: $"crash at event {first}");
            foreach (int next in second.Points(everyEvent))
            {
                var deader = await LifeAsync(dead.Blobs, samples, crash: next);
                await LifeAsync(deader.Blobs, samples, expected: clean.Blobs, what: $"crashes at events {first} and then {next}");
                pairs++;
            }
        }

        return pairs;
    }

    private async Task<Life> LifeAsync(Dictionary<string, byte[]> before, long samples, int? crash = null, Dictionary<string, byte[]>? expected = null, string what = "")
    {
        var store = new MemoryStore();
        foreach (var (name, bytes) in before) store.Blobs[name] = bytes;
        var plan = new FaultPlan(store, crashes: crash is { } at ? [at] : null);
        var error = await Record.ExceptionAsync(() => new DatasetLife(store, _pipeline, samples).RunAsync());
        Assert.True(crash is null ? error is null : error is ProcessDied, $"{what}: {error}");
        if (expected is not null) Check(expected, store, plan, what);
        Assert.True(plan.Broken is null, $"{what}: {plan.Broken}");
        return new Life(store.Blobs.ToDictionary(b => b.Key, b => b.Value), plan.Events, plan.Changes);
    }

    private static void Check(Dictionary<string, byte[]> expected, MemoryStore store, FaultPlan plan, string what)
    {
        Assert.True(plan.Broken is null, $"{what}: {plan.Broken}");
        Same(expected, store.Blobs, what);
    }

    /// <summary>Equal names, and equal bytes but for the receipts (who made a shard and when is theirs alone).</summary>
    private static void Same(IEnumerable<KeyValuePair<string, byte[]>> expected, IEnumerable<KeyValuePair<string, byte[]>> there, string what)
    {
        var (one, two) = (expected.ToDictionary(), there.ToDictionary());
        Assert.True(one.Keys.Order(StringComparer.Ordinal).SequenceEqual(two.Keys.Order(StringComparer.Ordinal)), $"{what}: {string.Join(" ", two.Keys.Except(one.Keys))} too much, {string.Join(" ", one.Keys.Except(two.Keys))} missing");
        foreach (var (name, bytes) in one)
        {
            bool same = name.StartsWith(DatasetBlobs.Receipts, StringComparison.Ordinal)
                ? ShardReceipt.FromJson(bytes, name).Content.SameContent(ShardReceipt.FromJson(two[name], name).Content)
                : bytes.AsSpan().SequenceEqual(two[name]);
            Assert.True(same, $"{what}: {name} differs");
        }
    }

    /// <param name="Blobs">What it left.</param>
    /// <param name="Events">How many there were.</param>
    /// <param name="Changes">Those after which the store was another one.</param>
    private sealed record Life(Dictionary<string, byte[]> Blobs, int Events, IReadOnlyList<int> Changes)
    {
        public IEnumerable<int> Points(bool all) => all ? Enumerable.Range(1, Events) : Changes.Prepend(1);
    }
}
