using System.Collections.Concurrent;
using System.Text.Json;
using HandsOff.Client.Tests.Support;
using HandsOff.Core;
using HandsOff.Core.Datasets;
using HandsOff.Core.Datasets.Checking;
using HandsOff.Core.Pairs;
using HandsOff.Core.Storage;
using HandsOff.Silo.Devices;

namespace HandsOff.Client.Tests.Cluster;

/// <summary>verify, repair and sample by the nodes of three silos in this process. (Real processes: tests/Cluster.Tests.)</summary>
public sealed class OnClusterTests(Trial trial) : IClassFixture<Trial>, IAsyncLifetime
{
    private const int Samples = 150, ShardSize = 10;

    private ErrandGrid _grid = null!;

    private string Root => trial.Folder("root");

    public async ValueTask InitializeAsync() => _grid = await ErrandGrid.StartAsync(Root, trial.PairFolder);

    public ValueTask DisposeAsync() => _grid.DisposeAsync();

    [Fact]
    public async Task The_report_is_that_of_the_machine_itself()
    {
        string folder = await DatasetAsync("sound");
        var told = new ConcurrentQueue<CrewProgress>();
        var sound = await _grid.Client.VerifyAsync("sound", 0.2, 3, told.Enqueue);
        Assert.True(sound.IsSound);
        Assert.InRange(sound.Regenerated, 10, 60);
        await RequireSameReportAsync("sound", sound, 0.2, 3);
        Assert.NotEqual(sound.Regenerated, (await _grid.Client.VerifyAsync("sound", 0.4, 3)).Regenerated);
        Assert.Contains(new CrewProgress(CrewStage.ReadBack, 15, 15), told);
        Assert.Contains(told, p => p.Stage == CrewStage.Regenerate && p.Done == p.Shards);

        Damage(folder);
        var damaged = await _grid.Client.VerifyAsync("sound", 0.2, 3);
        Assert.Equal([7, 2, 4, 7], damaged.Faults.Select(f => f.Shard));
        await RequireSameReportAsync("sound", damaged, 0.2, 3);
    }

    [Fact]
    public async Task A_repair_brings_back_the_same_bytes()
    {
        string folder = await DatasetAsync("mended");
        var before = trial.ShardBytes("root/mended");
        byte[] manifest = await File.ReadAllBytesAsync(Path.Combine(folder, "manifest.json"));
        Damage(folder);
        var report = await _grid.Client.RepairAsync("mended");
        Assert.Equal([2, 4, 7], report.Remade);
        Assert.Empty(report.Changed);
        Assert.Equal(before, trial.ShardBytes("root/mended"));
        Assert.Equal(manifest, await File.ReadAllBytesAsync(Path.Combine(folder, "manifest.json")));
        Assert.Empty((await _grid.Client.RepairAsync("mended")).Found);
        await trial.CheckAsync("root/mended", Samples);
    }

    [Fact]
    public async Task A_sample_is_the_datasets()
    {
        await DatasetAsync("alone");
        var made = await _grid.Client.MakeSampleAsync("alone", 42);
        var stored = (await (await _grid.Client.OpenAsync("alone")).ReadAsync(42, default))!;
        Assert.Equal(stored.Files().Select(f => f.Name), made.Files().Select(f => f.Name));
        Assert.All(stored.Files().Zip(made.Files()), f => Assert.Equal(f.First.Bytes, f.Second.Bytes));
        var wrong = await Assert.ThrowsAsync<HandsOffException>(() => _grid.Client.MakeSampleAsync("alone", Samples));
        Assert.Equal(HandsOffException.WrongUsage, wrong.ExitCode);
    }

    [Fact]
    public async Task A_silo_that_dies_has_its_share_done_by_the_others()
    {
        await DatasetAsync("killed");
        _grid.Engines.Hold.Reset();
        var verifying = _grid.Client.VerifyAsync("killed", 1);
        await BatchesAsync(3); // every node is in the middle of a shard
        var killing = _grid.Cluster.KillSiloAsync(_grid.Cluster.Silos[^1]);
        await Task.Delay(200);
        _grid.Engines.Hold.Set();
        await killing;
        var report = await verifying;
        Assert.Equal((Samples, Samples), (report.Regenerated, report.Identical));
        await RequireSameReportAsync("killed", report, 1, 0);
    }

    [Fact]
    public async Task Whoever_waits_can_stop_waiting()
    {
        await DatasetAsync("stopped");
        _grid.Engines.Hold.Reset();
        using var stop = new CancellationTokenSource();
        var verifying = _grid.Client.VerifyAsync("stopped", 1, cancellationToken: stop.Token);
        await BatchesAsync(3);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => verifying.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task What_is_in_the_way_is_told_in_a_line_and_nothing_is_removed()
    {
        string folder = await DatasetAsync("refused");
        Damage(folder);
        string[] left = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        _grid.Engines.Missing = true;
        await Told(HandsOffException.Failed, "the store does not have it", () => _grid.Client.VerifyAsync("refused", 0.1));
        await Told(HandsOffException.Failed, "the store does not have it", () => _grid.Client.RepairAsync("refused"));
        await Told(HandsOffException.Failed, "the store does not have it", () => _grid.Client.MakeSampleAsync("refused", 1));
        await Told(HandsOffException.Failed, "'nothing': there is none of that name", () => _grid.Client.VerifyAsync("nothing"));
        await Told(HandsOffException.Failed, "'nothing': there is none of that name", () => _grid.Client.RepairAsync("nothing"));
        await Told(HandsOffException.WrongUsage, "should be 0 to 1", () => _grid.Client.VerifyAsync("refused", 1.5));
        Assert.Equal(4, (await _grid.Client.VerifyAsync("refused")).Faults.Count); // reading back needs no pair

        foreach (var node in await _grid.Client.NodesAsync()) await _grid.Client.DrainAsync(node.Node);
        await Told(HandsOffException.Failed, "all of its nodes are draining", () => _grid.Client.VerifyAsync("refused"));
        Assert.Equal(left, Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));

        static async Task Told(int code, string words, Func<Task> call)
        {
            var told = await Assert.ThrowsAsync<HandsOffException>(call);
            Assert.Contains(words, told.Message);
            Assert.Equal(code, told.ExitCode);
        }
    }

    [Fact]
    public async Task A_dataset_that_is_being_made_is_not_repaired_and_one_that_is_paused_is()
    {
        _grid.Engines.Hold.Reset();
        await _grid.Client.SubmitAsync(new() { Name = "young", Pair = trial.PairFolder, Samples = Samples, Options = new DatasetOptions { Seed = 5, ShardSize = ShardSize } });
        await BatchesAsync(1);
        var told = await Assert.ThrowsAsync<HandsOffException>(() => _grid.Client.RepairAsync("young"));
        Assert.Contains("'young': is being made", told.Message);
        Assert.Equal(HandsOffException.WrongUsage, told.ExitCode);

        await _grid.Client.PauseAsync("young");
        _grid.Engines.Hold.Set();
        while ((await _grid.Client.StatusAsync("young")).ShardsLeased > 0) await Task.Delay(20);
        string receipt = Directory.EnumerateFiles(Path.Combine(Root, "young", "receipts")).First();
        string tar = Path.Combine(Root, "young", "shards", $"shard-{Path.GetFileNameWithoutExtension(receipt)}.tar");
        byte[] sound = await File.ReadAllBytesAsync(tar);
        File.Delete(tar);
        Assert.Single((await _grid.Client.RepairAsync("young")).Remade);
        Assert.Equal(sound, await File.ReadAllBytesAsync(tar));
        Assert.False(File.Exists(Path.Combine(Root, "young", "manifest.json")));
    }

    /// <summary>Flips a byte of one shard, removes a table of another and the whole of a third.</summary>
    private static void Damage(string folder)
    {
        string tar = Path.Combine(folder, "shards", "shard-000004.tar");
        byte[] bytes = File.ReadAllBytes(tar);
        bytes[3000] ^= 1;
        File.WriteAllBytes(tar, bytes);
        File.Delete(Path.Combine(folder, "shards", "shard-000002.parquet"));
        foreach (string file in Directory.EnumerateFiles(folder, "*000007*", SearchOption.AllDirectories).ToArray()) File.Delete(file);
    }

    private async Task<string> DatasetAsync(string name)
    {
        string folder = Path.Combine(Root, name);
        var pair = Pair.Load(trial.PairFolder);
        var request = PairRequests.Create(pair, new DatasetOptions { Seed = 5, ShardSize = ShardSize, Keep = 0.7 }, Samples);
        var store = LocalFolderStore.Create(folder);
        var state = await DatasetState.BeginAsync(store, request, Samples, true, false, default);
        var engines = Engines(pair);
        await using var device = await DeviceThread.StartAsync(() => engines.Load(pair.Name, pair.Digest, "cpu:0"));
        await using var pipeline = new ShardPipeline(device, new ShardPipelineOptions(), TimeProvider.System);
        foreach (var range in state.Plan.Shards) await pipeline.RunAsync(new ShardJob(store, request, range, "test/cpu"));
        Assert.True((await DatasetFinalizer.RunAsync(store, name, null, default)).IsFinished);
        return folder;
    }

    private async Task RequireSameReportAsync(string name, VerifyReport report, double share, ulong seed)
    {
        var pair = Pair.Load(trial.PairFolder);
        var store = new PrefixStore(LocalFolderStore.Open(Root), name);
        using var engine = Engines(pair).Load(pair.Name, pair.Digest, "cpu:0");
        Assert.Equal(JsonSerializer.Serialize(await DatasetVerifier.RunAsync(store, engine, share, seed, null, default)), JsonSerializer.Serialize(report));
    }

    private static PairEngines Engines(Pair pair)
    {
        var engines = new PairEngines();
        engines.Add(pair);
        return engines;
    }

    private async Task BatchesAsync(int count)
    {
        for (int i = 0; _grid.Engines.Batches < count; i++)
        {
            if (i == 1500) throw new TimeoutException($"{_grid.Engines.Batches} micro-batches after 30 s");
            await Task.Delay(20);
        }
    }
}
