using HandsOff.Core.Datasets;
using HandsOff.Core.Datasets.Encoding;
using HandsOff.Core.Storage;

namespace HandsOff.Core.Tests.Datasets;

/// <summary>Makes small datasets with the fake engine.</summary>
internal static class Bench
{
    public static DatasetRequest Request(int shardSize = 10, ulong seed = 7, float? cut = null, int attempts = 16, ImageFormat format = ImageFormat.Png) =>
        DatasetRequest.Create(
            new DatasetOptions { Seed = seed, ShardSize = shardSize, Keep = cut is null ? 1 : 0.9, MaxAttempts = attempts, ImageFormat = format },
            1000, new PairReference("fake", new string('a', 64), "CC0-1.0"), FakeEngine.AllLabels, 20, 12, _ => cut);

    public static async Task<ShardPipeline> PipelineAsync(ISampleEngine engine, ShardPipelineOptions? options = null) =>
        new(await DeviceThread.StartAsync(() => engine), options ?? new ShardPipelineOptions { EncodeThreads = 2 }, TimeProvider.System);

    /// <summary>Makes the plan's missing shards, several at once.</summary>
    public static async Task<ShardResult[]> MakeAsync(IBlobStore store, DatasetRequest request, long samples, FakeEngine engine, ShardPipelineOptions? options = null, int atOnce = 2)
    {
        var state = await DatasetState.BeginAsync(store, request, samples, shardSizeGiven: true, extend: true, default);
        await using var pipeline = await PipelineAsync(engine, options);
        var results = new ShardResult[state.Plan.Count];
        await Parallel.ForEachAsync(state.Plan.Shards, new ParallelOptions { MaxDegreeOfParallelism = atOnce }, async (range, ct) =>
            results[range.Shard] = await pipeline.RunAsync(new ShardJob(store, request, range, "test/cpu"), null, ct));
        return results;
    }

    /// <summary>Each sample's members by name, read with the framework's own tar reader.</summary>
    public static Dictionary<string, byte[]> Members(MemoryStore store)
    {
        var members = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (string name in store.Blobs.Keys.Where(n => n.StartsWith("shards/", StringComparison.Ordinal) && n.EndsWith(".tar", StringComparison.Ordinal)))
        {
            using var tar = new System.Formats.Tar.TarReader(new MemoryStream(store.Blobs[name]));
            while (tar.GetNextEntry() is { } entry)
            {
                using var data = new MemoryStream();
                entry.DataStream?.CopyTo(data);
                members.Add(entry.Name, data.ToArray());
            }
        }

        return members;
    }

    /// <summary>Blobs under shards/, for equality.</summary>
    public static Dictionary<string, string> ShardBytes(MemoryStore store) =>
        store.Blobs.Where(b => b.Key.StartsWith("shards/", StringComparison.Ordinal)).ToDictionary(b => b.Key, b => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(b.Value)));
}
