using System.Diagnostics;
using HandsOff.Core.Datasets;
using HandsOff.Core.Imaging;
using HandsOff.Core.Storage;
using HandsOff.Core.Tests.Storage;

namespace HandsOff.Core.Tests.Datasets;

public sealed class DatasetLifeTests
{
    private static async Task<MemoryStore> Finished(long samples = 25, float? cut = 1.2f)
    {
        var store = new MemoryStore();
        await Bench.MakeAsync(store, Bench.Request(cut: cut), samples, new FakeEngine());
        Assert.True((await DatasetFinalizer.RunAsync(store, "test", null, default)).IsFinished);
        return store;
    }

    [Fact]
    public async Task A_finished_dataset_has_every_part_of_the_design_and_is_recognised()
    {
        var store = await Finished();
        Assert.Equal(
            ["README.md", "manifest.json", "preview.jpg", "receipts/000000.json", "receipts/000001.json", "receipts/000002-n5.json", "request.json",
             "shards/shard-000000.idx", "shards/shard-000000.parquet", "shards/shard-000000.tar", "shards/shard-000001.idx", "shards/shard-000001.parquet",
             "shards/shard-000001.tar", "shards/shard-000002-n5.idx", "shards/shard-000002-n5.parquet", "shards/shard-000002-n5.tar", "target.json"],
            store.Blobs.Keys.Order(StringComparer.Ordinal));
        var state = await DatasetState.BeginAsync(store, Bench.Request(cut: 1.2f), 25, true, false, default);
        Assert.True(state.IsFinished);
        int changes = 0;
        store.Fault = (what, _) => { if (what.StartsWith("create", StringComparison.Ordinal) || what.StartsWith("replace", StringComparison.Ordinal)) changes++; return null; };
        Assert.True((await DatasetFinalizer.RunAsync(store, "test", null, default)).IsFinished);
        Assert.Equal(0, changes);
        string card = System.Text.Encoding.UTF8.GetString(store.Blobs["README.md"]);
        Assert.Contains("| 1 | hair | #c08040 |", card);
        Assert.Contains("CC0-1.0", card);
        Assert.Equal((20 * 6 * 3 + 8, 12 * 6), PreviewCell(store));

        static (int, int) PreviewCell(MemoryStore store)
        {
            var sheet = ImageFile.ReadRgb(store.Blobs["preview.jpg"]);
            return ((sheet.Width - 4) / 4, (sheet.Height - 4) / 4 - 4);
        }
    }

    [Fact]
    public async Task The_independent_checker_finds_no_fault()
    {
        string checker = SharedData.Require("tools", "check_dataset.py");
        using var folder = new TemporaryFolder();
        foreach (int size in new[] { 10, 7 })
        {
            var store = LocalFolderStore.Create(folder[$"d{size}"]);
            await Bench.MakeAsync(store, Bench.Request(size, cut: 1.2f), 25, new FakeEngine());
            await DatasetFinalizer.RunAsync(store, "test", null, default);
            using var python = Process.Start(new ProcessStartInfo("python3", [checker, store.Description, "--samples", "25"]) { RedirectStandardOutput = true })!;
            string output = await python.StandardOutput.ReadToEndAsync();
            await python.WaitForExitAsync();
            Assert.True(python.ExitCode == 0, output);
            Assert.Contains("25 samples", output);
            Assert.False(Directory.Exists(Path.Combine(store.Description, ".tmp")));
        }
    }

    [Fact]
    public async Task A_missing_shard_keeps_the_manifest_from_being_written()
    {
        var store = new MemoryStore();
        await Bench.MakeAsync(store, Bench.Request(), 25, new FakeEngine());
        store.Blobs.TryRemove("receipts/000001.json", out _);
        var result = await DatasetFinalizer.RunAsync(store, "test", null, default);
        Assert.Equal([1], result.Missing);
        await Bench.MakeAsync(store, Bench.Request(), 25, new FakeEngine());
        store.Blobs["shards/shard-000000.tar"][700] ^= 1;
        var damaged = await DatasetFinalizer.RunAsync(store, "test", null, default);
        Assert.Equal(0, Assert.Single(damaged.Damaged).Shard);
        Assert.DoesNotContain("manifest.json", store.Blobs.Keys);
    }

    [Fact]
    public async Task A_receipt_that_cannot_be_understood_or_is_another_shards_is_a_fault_of_its_shard()
    {
        var store = new MemoryStore();
        await Bench.MakeAsync(store, Bench.Request(), 25, new FakeEngine());
        store.Blobs["receipts/000000.json"] = store.Blobs["receipts/000000.json"][..40];
        store.Blobs["receipts/000001.json"] = store.Blobs["receipts/000002-n5.json"];
        var result = await DatasetFinalizer.RunAsync(store, "test", null, default);
        Assert.Equal([0, 1], result.Damaged.Select(f => f.Shard!.Value));
        Assert.Empty(result.Missing);
        Assert.DoesNotContain("manifest.json", store.Blobs.Keys);
    }

    [Fact]
    public async Task A_manifest_whose_replacing_lost_a_race_is_no_success()
    {
        var store = await Finished();
        await Bench.MakeAsync(store, Bench.Request(cut: 1.2f), 38, new FakeEngine());
        bool raced = false;
        store.Fault = (what, after) =>
        {
            if (after || raced || what != "replace manifest.json") return null;
            raced = true;
            store.Blobs["manifest.json"] = [.. store.Blobs["manifest.json"], (byte)'\n'];
            return null;
        };
        var lost = await Assert.ThrowsAsync<HandsOffException>(() => DatasetFinalizer.RunAsync(store, "test", null, default));
        Assert.True(raced && lost.IsTransient);
        Assert.Equal(38, (await DatasetFinalizer.RunAsync(store, "test", null, default)).Manifest!.Samples);
    }

    [Fact]
    public async Task Extending_makes_the_new_shards_only_and_the_short_one_is_succeeded()
    {
        var store = await Finished();
        var before = Bench.ShardBytes(store);
        var engine = new FakeEngine();
        await Bench.MakeAsync(store, Bench.Request(cut: 1.2f), 38, engine);
        Assert.Contains("shards/shard-000002-n5.tar", store.Blobs.Keys);
        Assert.False((await DatasetState.OpenAsync(store, default)).IsFinished);
        Assert.NotNull(await new DatasetReader(await DatasetState.OpenAsync(store, default)).ReadAsync(24, default));
        Assert.True((await DatasetFinalizer.RunAsync(store, "test", null, default)).IsFinished);
        Assert.DoesNotContain(store.Blobs.Keys, k => k.Contains("000002-n5"));
        Assert.Contains("shards/shard-000003-n8.tar", store.Blobs.Keys);
        var after = Bench.ShardBytes(store);
        Assert.All(before.Where(b => !b.Key.Contains("-n")), b => Assert.Equal(b.Value, after[b.Key]));
        Assert.InRange(engine.Batches.Sum(), 18, 30);
        var fresh = new MemoryStore();
        await Bench.MakeAsync(fresh, Bench.Request(cut: 1.2f), 38, new FakeEngine());
        Assert.Equal(Bench.ShardBytes(fresh), after);
        Assert.True((await DatasetVerifier.RunAsync(store, null, 0, 0, null, default)).IsSound);
    }

    [Fact]
    public async Task Finalising_after_a_crash_at_any_step_ends_the_same()
    {
        var clean = await Prepared();
        int steps = 0;
        clean.Fault = (_, after) => { if (!after) Interlocked.Increment(ref steps); return null; };
        await DatasetFinalizer.RunAsync(clean, "test", null, default);
        for (int at = 1; at <= steps; at++)
        {
            var store = await Prepared();
            int step = 0;
            store.Fault = (_, after) => (after ? Volatile.Read(ref step) : Interlocked.Increment(ref step)) >= at && after ? new IOException("crash") : null;
            await Record.ExceptionAsync(() => DatasetFinalizer.RunAsync(store, "test", null, default));
            var second = store.Reopen();
            Assert.True((await DatasetFinalizer.RunAsync(second, "test", null, default)).IsFinished);
            Assert.Equal(clean.Blobs.Keys.Order(StringComparer.Ordinal), second.Blobs.Keys.Order(StringComparer.Ordinal));
            Assert.Equal(clean.Blobs["manifest.json"], second.Blobs["manifest.json"]);
        }

        static async Task<MemoryStore> Prepared()
        {
            var store = new MemoryStore();
            await Bench.MakeAsync(store, Bench.Request(4), 6, new FakeEngine());
            await DatasetFinalizer.RunAsync(store, "test", null, default);
            await Bench.MakeAsync(store, Bench.Request(4), 8, new FakeEngine());
            return store;
        }
    }

    [Fact]
    public async Task Another_request_a_smaller_count_and_foreign_files_are_refused_in_one_line()
    {
        var store = await Finished();
        var error = await Assert.ThrowsAsync<HandsOffException>(() => DatasetState.BeginAsync(store, Bench.Request(seed: 8, cut: 1.2f), 25, true, false, default));
        Assert.Contains("seed: 7 there, 8 asked", error.Message);
        error = await Assert.ThrowsAsync<HandsOffException>(() => DatasetState.BeginAsync(store, Bench.Request(20, cut: 1.2f), 25, true, false, default));
        Assert.Contains("shard_size: 10 there, 20 asked", error.Message);
        Assert.True((await DatasetState.BeginAsync(store, Bench.Request(20, cut: 1.2f), 25, shardSizeGiven: false, false, default)).IsFinished);
        await Assert.ThrowsAsync<HandsOffException>(() => DatasetState.BeginAsync(store, Bench.Request(cut: 1.2f), 24, true, true, default));
        await Assert.ThrowsAsync<HandsOffException>(() => DatasetState.BeginAsync(store, Bench.Request(cut: 1.2f), 26, true, extend: false, default));
        await Assert.ThrowsAsync<HandsOffException>(() => DatasetState.BeginAsync(store, Bench.Request(cut: 1.2f), 0, true, true, default));
        var foreign = new MemoryStore();
        foreign.Blobs["holiday.jpg"] = [1];
        await Assert.ThrowsAsync<HandsOffException>(() => DatasetState.BeginAsync(foreign, Bench.Request(), 25, true, false, default));
        Assert.Single(foreign.Blobs);
        await DatasetState.CancelAsync(store, default);
        Assert.Contains("cancelled", (await Assert.ThrowsAsync<HandsOffException>(() => DatasetState.BeginAsync(store, Bench.Request(cut: 1.2f), 25, true, false, default))).Message);
    }

    [Fact]
    public async Task Verify_names_every_kind_of_damage()
    {
        Assert.True((await DatasetVerifier.RunAsync(await Finished(), null, 0, 0, null, default)).IsSound);
        var damages = new Dictionary<string, Action<MemoryStore>>
        {
            ["shard-000001.tar is damaged"] = s => s.Blobs["shards/shard-000001.tar"][2000] ^= 4,
            ["shard-000000.parquet has"] = s => s.Blobs["shards/shard-000000.parquet"] = [1, 2],
            ["shard-000000.idx is missing"] = s => s.Blobs.TryRemove("shards/shard-000000.idx", out _),
            ["receipts/000001.json is missing"] = s => s.Blobs.TryRemove("receipts/000001.json", out _),
            ["receipts/000001.json: not what it should be"] = s => s.Blobs["receipts/000001.json"] = [(byte)'{'],
            ["shard-000009.tar belongs to no shard"] = s => s.Blobs["shards/shard-000009.tar"] = [1],
        };
        foreach (var (what, damage) in damages)
        {
            var store = await Finished();
            damage(store);
            var report = await DatasetVerifier.RunAsync(store, null, 0, 0, null, default);
            Assert.Contains(what, Assert.Single(report.Faults).What);
            var repaired = await DatasetRepairer.RunAsync(store, (_, _) => Bench.PipelineAsync(new FakeEngine()), "repair", null, default);
            Assert.Single(repaired.Found);
            Assert.Empty(repaired.Changed);
            Assert.True((await DatasetVerifier.RunAsync(store, null, 0, 0, null, default)).IsSound);
            Assert.Equal(Bench.ShardBytes(await Finished()), Bench.ShardBytes(store));
        }
    }

    [Fact]
    public async Task Verify_regenerates_a_share_and_tells_a_wrong_sample()
    {
        var store = await Finished(cut: 0.5f);
        var report = await DatasetVerifier.RunAsync(store, new FakeEngine(), 0.5, 3, null, default);
        Assert.True(report.IsSound, string.Join("; ", report.Faults));
        Assert.InRange(report.Regenerated, 4, 22);
        Assert.Equal(report.Regenerated, report.Identical);
        Assert.Equal(1, (await DatasetVerifier.RunAsync(store, new FakeEngine(), 1e-9, 3, null, default)).Regenerated);
        var twisted = await DatasetVerifier.RunAsync(store, new FakeEngine { Twist = 3 }, 1, 3, null, default);
        Assert.Equal(25, twisted.Faults.Count);
    }

    [Fact]
    public async Task A_sample_made_alone_equals_the_datasets()
    {
        var store = await Finished(cut: 0.5f);
        var reader = new DatasetReader(await DatasetState.OpenAsync(store, default));
        using var engine = new FakeEngine();
        for (long i = 0; i < 25; i++)
        {
            var stored = (await reader.ReadAsync(i, default))!;
            foreach (var (name, bytes) in SampleMaker.Files(engine, Bench.Request(cut: 0.5f), i)) Assert.Equal(stored.Members[name[(name.IndexOf('.') + 1)..]], bytes);
            Assert.NotNull(stored.Keypoints());
        }
    }
}
