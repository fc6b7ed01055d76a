using System.Text.Json;
using HandsOff.Cluster.Tests.Support;
using HandsOff.Core.Datasets;
using HandsOff.Core.Datasets.Checking;
using HandsOff.Core.Pairs;
using HandsOff.Core.Storage;
using HandsOff.Silo.Devices;

namespace HandsOff.Cluster.Tests.Commands;

/// <summary>verify, repair and sample by the nodes of silos that are processes of their own, one of which dies on the way.</summary>
public sealed class OnClusterTests(Oracle oracle)
{
    private const int Samples = 1200, ShardSize = 20, Shards = Samples / ShardSize;

    [Fact]
    public async Task A_dataset_is_verified_through_a_silos_death_and_damage_is_mended()
    {
        await using var cluster = await Harness.StartAsync(oracle, azure: true);
        await cluster.SilosAsync(TimeSpan.FromMilliseconds(10), "a", "c");
        var b = await cluster.SiloAsync("b", TimeSpan.FromMilliseconds(10));
        await cluster.SubmitAsync("data", Samples, ShardSize);
        await cluster.CompleteAsync("data");

        // Two of its shards are in b's hands whenever it dies; the report is that of one machine.
        var dying = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var verifying = (await cluster.ClientAsync()).VerifyAsync("data", 1, 3, now => { if (now is { Stage: CrewStage.Regenerate, Done: >= 5 }) dying.TrySetResult(); });
        await await Task.WhenAny(dying.Task, verifying).WaitAsync(TimeSpan.FromMinutes(3));
        Assert.False(verifying.IsCompleted);
        await b.KillAsync();
        var report = await verifying.WaitAsync(TimeSpan.FromMinutes(3));
        Assert.Equal((Samples, Samples, Shards), (report.Regenerated, report.Identical, report.Shards));
        Assert.Equal(await HereAsync(cluster), JsonSerializer.Serialize(report));

        var store = await BlobStores.OpenAsync(cluster.UriOf("data"), create: false, default);
        byte[] idx = (await store.ReadAsync("shards/shard-000011.idx", default))!.Bytes.ToArray();
        idx[10] ^= 1;
        await store.DeleteAsync("shards/shard-000011.idx", default);
        await store.CreateAsync("shards/shard-000011.idx", idx, default);
        foreach (string name in new[] { "receipts/000030.json", "shards/shard-000030.tar", "shards/shard-000030.parquet", "shards/shard-000030.idx" }) await store.DeleteAsync(name, default);
        await Told(cluster, 1, "shard 11: shards/shard-000011.idx is damaged", "verify", "data", "--on-cluster");
        await Told(cluster, 0, "data: 2 shards made again", "repair", "data", "--on-cluster");
        await Told(cluster, 0, "no fault", "verify", "data", "--on-cluster", "--regenerate", "0.01");
        await Told(cluster, 0, "equal to the dataset's", "sample", "data", "--index", "610", "--out", cluster.Folder["alone"], "--on-cluster");
        await Told(cluster, 1, "other: holds no dataset", "verify", "other", "--on-cluster");
        await cluster.RequireSameAsync("data", Samples, ShardSize);
    }

    private async Task<string> HereAsync(Harness cluster)
    {
        var pair = Pair.Load(oracle.PairFolder);
        var shape = pair.Manifest.Generator;
        using var engine = new NullEngine(pair.Name, pair.Digest, pair.Manifest.Schema, shape.Width, shape.Height);
        var store = new PrefixStore(await BlobStores.OpenAsync(cluster.Root, create: false, default), "data");
        return JsonSerializer.Serialize(await DatasetVerifier.RunAsync(store, engine, 1, 3, null, default));
    }

    private static async Task Told(Harness cluster, int code, string words, params string[] arguments)
    {
        var environment = new Dictionary<string, string?>
        {
            ["HANDSOFF__Redis"] = cluster.Redis.Address,
            ["HANDSOFF__Store"] = cluster.Root,
            ["AZURE_STORAGE_CONNECTION_STRING"] = cluster.Azurite!.ConnectionString,
            ["OMP_NUM_THREADS"] = "1",
        };
        var (ended, output) = await Handsoff.RunAsync(environment, cluster.Folder, arguments);
        Assert.True(ended == code && output.Contains(words, StringComparison.Ordinal), $"handsoff {string.Join(' ', arguments)}: exit code {ended} instead of {code}, or no '{words}' in:\n{output}\n{cluster.Logs()}");
    }
}
