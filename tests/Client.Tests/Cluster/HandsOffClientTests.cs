using HandsOff.Client.Cluster;
using HandsOff.Client.Tests.Support;
using HandsOff.Core;
using HandsOff.Core.Datasets;
using HandsOff.Core.Pairs;
using HandsOff.Core.Storage;
using HandsOff.Grains.Coordination;
using HandsOff.Silo.Devices;
using HandsOff.Silo.Hosting;

namespace HandsOff.Client.Tests.Cluster;

/// <summary>The client library against real grains: an embedded cluster of two CPU nodes. (Real processes and Redis: tests/Cluster.Tests.)</summary>
public sealed class HandsOffClientTests(Trial trial) : IClassFixture<Trial>, IAsyncLifetime
{
    private EmbeddedCluster _cluster = null!;
    private HandsOffClient _client = null!;

    private string Root => trial.Folder("root");

    public async ValueTask InitializeAsync()
    {
        var engines = new PairEngines();
        engines.Add(Pair.Load(trial.PairFolder));
        _cluster = await EmbeddedCluster.StartAsync(new EmbeddedClusterOptions { Devices = ["cpu:0", "cpu:1"], Engines = engines }, default);
        var options = new HandsOffClientOptions { Redis = "none", Store = Root, CacheFolder = trial.Folder("cache"), PollInterval = TimeSpan.FromMilliseconds(20), Patience = TimeSpan.FromSeconds(30) };
        _client = new HandsOffClient(_cluster.Grains, options, null, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task A_submitted_dataset_is_followed_to_its_end_and_read()
    {
        var first = await _client.SubmitAsync(Ask("whole", 120));
        Assert.Equal(120, first.Samples);
        var end = await EndAsync("whole");
        Assert.Equal((DatasetPhase.Complete, 120), (end.Phase, end.SamplesCommitted));
        Assert.True((await DatasetVerifier.RunAsync(LocalFolderStore.Open(Path.Combine(Root, "whole")), null, 0, 0, null, default)).IsSound);
        await trial.CheckAsync("root/whole", 120);

        // The same again changes nothing; the pair is in the library.
        Assert.Equal(DatasetPhase.Complete, (await _client.SubmitAsync(Ask("whole", 120) with { Options = new DatasetOptions { Seed = 5 } })).Phase);
        Assert.NotNull(await ClusterPairs.Library(LocalFolderStore.Open(Root), trial.Folder("cache")).GetAsync(Pair.Load(trial.PairFolder).Digest, default));
        Assert.Contains(await _client.ListAsync(), d => d.Name == "whole" && d.Status.Phase == DatasetPhase.Complete);
        Assert.Equal(16 * 16 * 3, (await (await _client.OpenAsync("whole")).ReadAsync(7, default))!.Rgb().Length);
    }

    [Fact]
    public async Task A_dataset_is_paused_resumed_and_extended()
    {
        await _client.SubmitAsync(Ask("steered", 400));
        Assert.Equal(DatasetPhase.Paused, (await _client.PauseAsync("steered")).Phase);
        var changed = await _client.ReprioritiseAsync("steered", 3, null);
        Assert.Equal((3, 0), (changed.Weight, changed.Priority));
        Assert.Equal(DatasetPhase.Paused, (await _client.StatusAsync("steered")).Phase);
        Assert.NotEqual(DatasetPhase.Paused, (await _client.ResumeAsync("steered")).Phase);
        Assert.Equal(DatasetPhase.Complete, (await EndAsync("steered")).Phase);
        Assert.Equal(500, (await _client.ExtendAsync("steered", 500)).Samples);
        Assert.Equal((DatasetPhase.Complete, 500), (await EndAsync("steered")) is var end ? (end.Phase, end.SamplesCommitted) : default);
        await trial.CheckAsync("root/steered", 500);

        var fewer = await Assert.ThrowsAsync<HandsOffException>(() => _client.ExtendAsync("steered", 300));
        Assert.Contains("500", fewer.Message);
        var over = await Assert.ThrowsAsync<HandsOffException>(() => _client.CancelAsync("steered"));
        Assert.Equal(HandsOffException.WrongUsage, over.ExitCode);
        Assert.Contains("complete", over.Message);
    }

    [Fact]
    public async Task The_coordinator_is_asked_before_the_store()
    {
        await _client.SubmitAsync(Ask("blind", 5000));
        await _client.PauseAsync("blind");
        string request = Path.Combine(Root, "blind", "request.json");
        File.Move(request, request + ".away"); // what the store would say of it
        Assert.Equal(DatasetPhase.Paused, (await _client.StatusAsync("blind")).Phase);
        Assert.Equal(DatasetPhase.Paused, (await _client.PauseAsync("blind")).Phase);
        await foreach (var status in _client.WatchAsync("blind"))
        {
            Assert.Equal(DatasetPhase.Paused, status.Phase);
            break;
        }

        File.Move(request + ".away", request);
        Assert.Equal(DatasetPhase.Cancelled, (await _client.CancelAsync("blind")).Phase);
    }

    [Fact]
    public async Task A_cancelled_dataset_stays_cancelled()
    {
        await _client.SubmitAsync(Ask("given-up", 5000));
        Assert.Equal(DatasetPhase.Cancelled, (await _client.CancelAsync("given-up")).Phase);
        Assert.Equal(DatasetPhase.Cancelled, (await EndAsync("given-up")).Phase);
        await Assert.ThrowsAsync<HandsOffException>(() => _client.ExtendAsync("given-up", 6000));
        await Assert.ThrowsAsync<HandsOffException>(() => _client.SubmitAsync(Ask("given-up", 5000)));
    }

    [Fact]
    public async Task What_is_wrong_is_told_before_anything_is_begun()
    {
        await Wrong(HandsOffException.WrongUsage, "dataset name", () => _client.SubmitAsync(Ask("../elsewhere", 10)));
        await Wrong(HandsOffException.WrongUsage, "dataset name", () => _client.SubmitAsync(Ask(".cluster", 10)));
        await Wrong(HandsOffException.WrongUsage, "weight", () => _client.SubmitAsync(Ask("x", 10) with { Weight = 0 }));
        await Wrong(HandsOffException.WrongUsage, "samples", () => _client.SubmitAsync(Ask("x", 0)));
        await Wrong(HandsOffException.WrongUsage, "keep", () => _client.SubmitAsync(Ask("x", 10) with { Options = new DatasetOptions { Keep = 2 } }));
        await Wrong(HandsOffException.Failed, "nor in the cluster's library", () => _client.SubmitAsync(Ask("x", 10) with { Pair = "nobody-64" }));
        Assert.False(Directory.Exists(Path.Combine(Root, "x")));

        await _client.SubmitAsync(Ask("taken", 40));
        await Wrong(HandsOffException.Failed, "seed: 5 there, 6 asked", () => _client.SubmitAsync(Ask("taken", 40) with { Options = new DatasetOptions { Seed = 6 } }));
        foreach (var call in new Func<Task>[]
            {
                () => _client.StatusAsync("nothing"), () => _client.PauseAsync("nothing"), () => _client.CancelAsync("nothing"), () => _client.ExtendAsync("nothing", 5),
                () => EndAsync("nothing"), () => _client.OpenAsync("nothing"), () => _client.ReprioritiseAsync("nothing", 2, null),
            })
            await Wrong(HandsOffException.Failed, "'nothing': there is none of that name", call);
        await Wrong(HandsOffException.Failed, "node 'gpu-9': the cluster has none of that name", () => _client.DrainAsync("gpu-9"));

        static async Task Wrong(int code, string words, Func<Task> call)
        {
            var told = await Assert.ThrowsAsync<HandsOffException>(call);
            Assert.Contains(words, told.Message);
            Assert.Equal(code, told.ExitCode);
        }
    }

    [Fact]
    public async Task A_silo_is_drained_with_all_its_devices_and_takes_work_again()
    {
        IReadOnlyList<HandsOff.Grains.Nodes.NodeStatus> nodes;
        for (nodes = []; nodes.Count < 2; nodes = await _client.NodesAsync()) await Task.Delay(20);
        string silo = nodes[0].Node.Split('/')[0];
        Assert.Equal([$"{silo}/cpu:0", $"{silo}/cpu:1"], await _client.DrainAsync(silo));
        await _client.SubmitAsync(Ask("waiting", 20));
        Assert.Equal([$"{silo}/cpu:1"], await _client.DrainAsync($"{silo}/cpu:1", undo: true));
        Assert.Equal(DatasetPhase.Complete, (await EndAsync("waiting")).Phase);
    }

    private DatasetSubmission Ask(string name, long samples) =>
        new() { Name = name, Pair = trial.PairFolder, Samples = samples, Options = new DatasetOptions { Seed = 5, ShardSize = 50 } };

    private async Task<DatasetStatus> EndAsync(string name)
    {
        DatasetStatus? last = null;
        await foreach (var status in _client.WatchAsync(name)) last = status;
        Assert.True(last!.IsOver);
        return last;
    }
}
