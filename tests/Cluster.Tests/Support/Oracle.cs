using System.Collections.Concurrent;
using HandsOff.Core.Datasets;
using HandsOff.Core.Pairs;
using HandsOff.Core.Storage;
using HandsOff.Silo.Devices;
using HandsOff.Tests.Servers;

namespace HandsOff.Cluster.Tests.Support;

/// <summary>What every run should come to: the same request made by one process without faults, once a test run.</summary>
public sealed class Oracle : IDisposable
{
    /// <summary>Seed of all requests.</summary>
    public const ulong Seed = 7;

    private readonly TestFolder _folder = new();
    private readonly ConcurrentDictionary<(int Samples, int ShardSize, bool Nulls), Lazy<Task<string>>> _made = new();
    private readonly Lazy<string> _pair;

    public Oracle() => _pair = new(() =>
    {
        string folder = _folder["pair"];
        TrialPair.Create(folder);
        return folder;
    });

    /// <summary>The folder of the pair that all datasets are made with: small and untrained.</summary>
    public string PairFolder => _pair.Value;

    /// <summary>The request's options, after the place's.</summary>
    public string[] Request(int samples, int shardSize) =>
        ["--pair", PairFolder, "--samples", $"{samples}", "--seed", $"{Seed}", "--shard-size", $"{shardSize}"];

    /// <summary>The folder of the fault-free dataset.</summary>
    /// <param name="samples">How many.</param>
    /// <param name="shardSize">Samples a shard.</param>
    /// <param name="nulls">Made by a null device instead of the CPU.</param>
    public Task<string> DatasetAsync(int samples, int shardSize, bool nulls = false) =>
        _made.GetOrAdd((samples, shardSize, nulls), key => new(() => nulls ? MakeByNullAsync(samples, shardSize) : MakeAsync(samples, shardSize))).Value;

    /// <summary>Fails unless the folder holds a faultless dataset, its shards byte for byte the oracle's.</summary>
    internal async Task RequireEqualAsync(string folder, int samples, int shardSize, bool nulls = false)
    {
        string oracle = await DatasetAsync(samples, shardSize, nulls);
        Assert.Equal(Digests(oracle), Digests(folder));
        await DatasetChecker.RequireFaultlessAsync(folder, samples, oracle);
    }

    public void Dispose() => _folder.Dispose();

    private static string[] Digests(string folder) =>
    [
        .. Directory.EnumerateFiles(Path.Combine(folder, "shards")).Append(Path.Combine(folder, "manifest.json")).Order(StringComparer.Ordinal)
            .Select(f => $"{Path.GetFileName(f)} {(Path.GetFileName(f) == "manifest.json" ? Manifest(f) : Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f))))}"),
    ];

    // Manifests differ in the dataset's name alone.
    private static string Manifest(string file) =>
        string.Join('\n', File.ReadAllLines(file).Where(l => !l.TrimStart().StartsWith("\"name\": \"", StringComparison.Ordinal) || l.Contains("shards/", StringComparison.Ordinal)));

    private async Task<string> MakeAsync(int samples, int shardSize)
    {
        string folder = _folder[$"oracle-{samples}-{shardSize}"];
        string[] arguments = ["generate", .. Request(samples, shardSize), "--devices", "cpu", "--threads", "1", "--out", folder];
        await Handsoff.RequireAsync(new Dictionary<string, string?> { ["OMP_NUM_THREADS"] = "1" }, _folder, arguments);
        return folder;
    }

    /// <summary>One process, one null device, the grains' own pipeline; no cluster.</summary>
    private async Task<string> MakeByNullAsync(int samples, int shardSize)
    {
        string folder = _folder[$"oracle-null-{samples}-{shardSize}"];
        var pair = Pair.Load(PairFolder);
        var request = PairRequests.Create(pair, new DatasetOptions { Seed = Seed, ShardSize = shardSize }, samples);
        var store = LocalFolderStore.Create(folder);
        var state = await DatasetState.BeginAsync(store, request, samples, shardSizeGiven: true, extend: false, CancellationToken.None);
        var manifest = pair.Manifest;
        await using var device = await DeviceThread.StartAsync(() => new NullEngine(pair.Name, pair.Digest, manifest.Schema, manifest.Generator.Width, manifest.Generator.Height), "null");
        await using var pipeline = new ShardPipeline(device, new ShardPipelineOptions(), TimeProvider.System);
        foreach (var range in state.Plan.Shards) await pipeline.RunAsync(new ShardJob(store, request, range, "oracle/null"));
        await DatasetFinalizer.RunAsync(store, "oracle", null, CancellationToken.None);
        return folder;
    }
}
