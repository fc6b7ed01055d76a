using System.Collections.Concurrent;
using Azure.Storage.Blobs;
using HandsOff.Cluster.Tests.Proxy;
using HandsOff.Cluster.Tests.Support;
using HandsOff.Core.Storage;
using HandsOff.Tests.Servers;

namespace HandsOff.Cluster.Tests.Storage;

/// <summary>The Azure store over a connection that fails in every way: whoever writes learns the truth about what was written.</summary>
public sealed class FaultyConnectionTests : IAsyncLifetime
{
    private const int Names = 80, AtOnce = 16;

    private static readonly CancellationToken None = CancellationToken.None;

    private readonly TestFolder _folder = new();
    private AzuriteServer? _azurite;

    public async ValueTask InitializeAsync() => _azurite = await AzuriteServer.StartAsync(_folder["azurite"]);

    public async ValueTask DisposeAsync()
    {
        if (_azurite is not null) await _azurite.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_lone_writer_is_always_told_that_its_blob_is_its_own()
    {
        await using var proxy = new FaultProxy(_azurite!.Port, new FaultPlan(seed: 11, share: 0.2));
        var store = await StoreAsync(proxy.Port);
        var wrong = new ConcurrentBag<string>();
        await EachAsync(async i =>
        {
            string small = $"small/{i:D3}", large = $"large/{i:D3}";
            if (!await store.CreateAsync(small, Bytes(i, 1000), None)) wrong.Add($"{small}: not ours");
            if (await store.CreateAsync(small, Bytes(i + 1, 1000), None)) wrong.Add($"{small}: created twice");
            await using var upload = await store.BeginUploadAsync(large, None);
            await upload.Stream.WriteAsync(Bytes(i, i % 8 == 0 ? 5 << 20 : 20_000), None);
            if (!await upload.CommitAsync(None)) wrong.Add($"{large}: not ours");
            var seen = (await store.ReadAsync(small, None))!;
            if (!await store.ReplaceAsync(small, Bytes(i, 2000), seen.ETag, None)) wrong.Add($"{small}: not replaced");
            if (await store.ReplaceAsync(small, Bytes(i, 3000), seen.ETag, None)) wrong.Add($"{small}: replaced twice");
        });

        Assert.Empty(wrong);
        await EachAsync(async i =>
        {
            Assert.Equal(Bytes(i, 2000), (await store.ReadAsync($"small/{i:D3}", None))!.Bytes);
            await using var stream = await store.OpenReadAsync($"large/{i:D3}", None);
            using var copy = new MemoryStream();
            await stream!.CopyToAsync(copy, None);
            Assert.Equal(Bytes(i, i % 8 == 0 ? 5 << 20 : 20_000), copy.ToArray());
        });
        int listed = 0;
        await foreach (var entry in store.ListAsync("", None)) listed++;
        Assert.Equal(2 * Names, listed);
        TestContext.Current.TestOutputHelper?.WriteLine(proxy.Summary);
        Assert.InRange(proxy.Commits, 200, int.MaxValue);
        foreach (var kind in Enum.GetValues<FaultKind>().Where(k => k != FaultKind.None)) Assert.True(proxy.Counts.ContainsKey(kind), $"no {kind}: {proxy.Summary}");
    }

    [Fact]
    public async Task Of_two_writers_exactly_one_is_told_that_it_won_and_its_bytes_are_there()
    {
        await using var proxy = new FaultProxy(_azurite!.Port, new FaultPlan(seed: 12, share: 0.2));
        AzureBlobStore[] stores = [await StoreAsync(proxy.Port), await StoreAsync(proxy.Port)];
        var wrong = new ConcurrentBag<string>();
        await EachAsync(async i =>
        {
            bool[] won = await Task.WhenAll(stores.Select(async (store, who) =>
            {
                if (i % 2 == 0) return await store.CreateAsync($"x{i}", Bytes(who, 5000), None);
                await using var upload = await store.BeginUploadAsync($"x{i}", None);
                await upload.Stream.WriteAsync(Bytes(who, 5000), None);
                return await upload.CommitAsync(None);
            }));
            if (won.Count(w => w) != 1) wrong.Add($"x{i}: {won.Count(w => w)} winners");
            else if (!(await stores[0].ReadAsync($"x{i}", None))!.Bytes.AsSpan().SequenceEqual(Bytes(Array.IndexOf(won, true), 5000))) wrong.Add($"x{i}: the loser's bytes");
        });
        Assert.Empty(wrong);
        TestContext.Current.TestOutputHelper?.WriteLine(proxy.Summary);
    }

    private static Task EachAsync(Func<int, Task> work) =>
        Parallel.ForAsync(0, Names, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, _) => await work(i));

    private static async Task<AzureBlobStore> StoreAsync(int port)
    {
        var options = AzureBlobStore.ClientOptions();
        options.Retry.Delay = TimeSpan.FromMilliseconds(100);
        var client = new BlobContainerClient(AzuriteServer.ConnectionStringAt(port), "data", options);
        return await AzureBlobStore.OpenAsync(client, "set", create: true, None);
    }

    private static byte[] Bytes(int seed, int length)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) bytes[i] = (byte)(seed * 89 + i * 31 + (i >> 8));
        return bytes;
    }
}
