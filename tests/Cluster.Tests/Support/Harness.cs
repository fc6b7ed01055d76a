using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using HandsOff.Client.Cluster;
using HandsOff.Core.Datasets;
using HandsOff.Core.Storage;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Diagnostics;
using HandsOff.Tests.Servers;

namespace HandsOff.Cluster.Tests.Support;

/// <summary>
/// A cluster of real processes: Redis, a store (a folder or Azurite), silos with null devices that take a set time a sample. All of it ends with
/// the test; logs stay when it failed.
/// </summary>
internal sealed class Harness : IAsyncDisposable
{
    /// <summary>Failure detection and leases at the size of a test. Heartbeats as on one machine.</summary>
    private static readonly Dictionary<string, string?> s_settings = new()
    {
        ["HANDSOFF__Node__Heartbeat"] = "00:00:00.5",
        ["HANDSOFF__Node__IdlePoll"] = "00:00:00.5",
        ["HANDSOFF__Ledger__LeaseTime"] = "00:00:08",
        ["OMP_NUM_THREADS"] = "1",
        ["DOTNET_TieredPGO"] = "0",
    };

    private readonly Oracle _oracle;
    private readonly List<SiloProcess> _silos = [];
    private HandsOffClient? _client;

    private Harness(Oracle oracle, RedisServer redis, AzuriteServer? azurite, TestFolder folder) => (_oracle, Redis, Azurite, Folder) = (oracle, redis, azurite, folder);

    public TestFolder Folder { get; }

    public RedisServer Redis { get; }

    public AzuriteServer? Azurite { get; }

    /// <summary>The cluster's store.</summary>
    public string Root => Azurite is null ? Folder["store"] : "az:cluster/root";

    /// <summary>Further settings of silos that are started from now on.</summary>
    public Dictionary<string, string?> Settings { get; } = [];

    /// <summary>The client, connected when first asked for.</summary>
    public async Task<HandsOffClient> ClientAsync() => _client ??= await HandsOffClient.ConnectAsync(
        new HandsOffClientOptions { Redis = Redis.Address, Store = Root, CacheFolder = Folder["client-cache"], ConnectTimeout = TimeSpan.FromSeconds(60) }, CancellationToken.None);

    public static async Task<Harness> StartAsync(Oracle oracle, bool azure)
    {
        var folder = new TestFolder();
        var redis = await RedisServer.StartAsync(folder["redis"]);
        var azurite = azure ? await AzuriteServer.StartAsync(folder["azurite"]) : null;
        // Tests run one at a time: the client in this process finds its store by the same variable as the silos.
        Environment.SetEnvironmentVariable(BlobStores.ConnectionStringVariable, azurite?.ConnectionString);
        return new Harness(oracle, redis, azurite, folder);
    }

    /// <summary>Starts a silo with null devices and waits until it is ready.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="sampleTime">What a sample takes on a device.</param>
    /// <param name="store">Another connection string of the store (a proxy's).</param>
    /// <param name="devices">Other devices.</param>
    public async Task<SiloProcess> SiloAsync(string name, TimeSpan sampleTime, string? store = null, string devices = "null")
    {
        var environment = new Dictionary<string, string?>(s_settings) { ["HANDSOFF__Null__SampleTime"] = $"{sampleTime}" };
        foreach (var (key, value) in Settings) environment[key] = value;
        if (store is not null) environment[BlobStores.ConnectionStringVariable] = store;
        string[] arguments = ["--devices", devices, "--threads", "1", "--store", Root, "--redis", Redis.Address, "--cache", Folder[$"cache-{name}"], "--address", "127.0.0.1", "--port", $"{FreePort.Next()}", "--gateway-port", $"{FreePort.Next()}"];
        var silo = await SiloProcess.StartAsync(name, arguments, environment, Folder["logs"]);
        _silos.Add(silo);
        return silo;
    }

    /// <summary>Starts several silos at once.</summary>
    public Task<SiloProcess[]> SilosAsync(TimeSpan sampleTime, params string[] names) => Task.WhenAll(names.Select(n => SiloAsync(n, sampleTime)));

    public async Task SubmitAsync(string name, int samples, int shardSize, double weight = 1)
    {
        var client = await ClientAsync();
        await client.SubmitAsync(new DatasetSubmission
        {
            Name = name,
            Pair = _oracle.PairFolder,
            Samples = samples,
            Options = new DatasetOptions { Seed = Oracle.Seed, ShardSize = shardSize },
            Weight = weight,
        });
    }

    public async Task<DatasetStatus> StatusAsync(string name) => await (await ClientAsync()).StatusAsync(name);

    /// <summary>Waits until so many shards are committed, however the store or a silo does meanwhile.</summary>
    public async Task<DatasetStatus> CommittedAsync(string name, int shards)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            var status = await StatusAsync(name);
            if (status.ShardsCommitted >= shards || status.IsOver) return status;
            if (Stopwatch.GetElapsedTime(start).TotalMinutes > 3) throw new TimeoutException($"{status.ShardsCommitted} of {shards} shards after 3 minutes: {status.Phase} {status.Message}\n{Logs()}");
            await Task.Delay(100);
        }
    }

    /// <summary>Waits until the silo's nodes have made so many shards together.</summary>
    public async Task WorksAsync(string silo, int shards)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            var nodes = await (await ClientAsync()).NodesAsync();
            if (nodes.Where(n => n.Node.StartsWith(silo + "/", StringComparison.Ordinal)).Sum(n => n.ShardsDone) >= shards) return;
            if (Stopwatch.GetElapsedTime(start).TotalMinutes > 2) throw new TimeoutException($"silo {silo} has not made {shards} shards after 2 minutes\n{Logs()}");
            await Task.Delay(100);
        }
    }

    /// <summary>Follows the dataset to its end, which must be complete; the last figures.</summary>
    public async Task<DatasetStatus> CompleteAsync(string name)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        DatasetStatus? last = null;
        try
        {
            await foreach (var status in (await ClientAsync()).WatchAsync(name, patience.Token)) last = status;
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{name} is not over after 5 minutes: {last?.Phase} {last?.ShardsCommitted} of {last?.Shards} shards, {last?.Message}\n{Logs()}");
        }

        Assert.True(last?.Phase == DatasetPhase.Complete, $"{name}: {last?.Phase} {last?.Message}\n{Logs()}");
        return last!;
    }

    /// <summary>A dataset's place.</summary>
    public string UriOf(string name) => BlobStores.Combine(Root, name);

    /// <summary>Receipts of the dataset that the store has now.</summary>
    public async Task<int> ReceiptsAsync(string name)
    {
        int found = 0;
        var store = await BlobStores.OpenAsync(UriOf(name), create: false, CancellationToken.None);
        await foreach (var _ in store.ListAsync(DatasetBlobs.Receipts, CancellationToken.None)) found++;
        return found;
    }

    /// <summary>Shards of one dataset that its coordinators found wanting in the reading back, by the silos' logs.</summary>
    public HashSet<int> MadeAgain() =>
    [
        .. _silos.SelectMany(s => s.Lines).Select(l => Regex.Match(l, "shard ([0-9]+) is made again")).Where(m => m.Success)
            .Select(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture)),
    ];

    /// <summary>A copy of the dataset in a folder.</summary>
    public async Task<string> CopyAsync(string name) =>
        Azurite is null ? Path.Combine(Root, name) : await Download.ToFolderAsync(Azurite.ConnectionString, UriOf(name), Folder[$"copy-{name}"]);

    /// <summary>Fails unless the dataset is faultless and byte for byte what one process makes without faults.</summary>
    public async Task RequireSameAsync(string name, int samples, int shardSize, bool nulls = true) =>
        await _oracle.RequireEqualAsync(await CopyAsync(name), samples, shardSize, nulls);

    /// <summary>Ends of the silos' logs, for messages.</summary>
    public string Logs() => string.Join('\n', _silos.Select(s => $"--- {s.Name}{(s.HasExited ? " (ended)" : "")}\n{string.Join('\n', s.Lines.TakeLast(15))}"));

    public async ValueTask DisposeAsync()
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed) TestContext.Current.TestOutputHelper?.WriteLine(Logs());
        // The silos first: a client that says goodbye to a dead cluster waits long.
        foreach (var silo in _silos) await silo.DisposeAsync();
        if (_client is not null)
        {
            try
            {
                await _client.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));
            }
            catch (Exception e) when (ClusterTrouble.Is(e, CancellationToken.None))
            {
                // The process ends soon.
            }
        }

        if (Azurite is not null) await Azurite.DisposeAsync();
        await Redis.DisposeAsync();
        Folder.Dispose();
    }
}
