using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using HandsOff.Core.Catalog;
using HandsOff.Core.Pairs;
using HandsOff.Core.Storage;
using HandsOff.Silo.Tests.Support;
using HandsOff.Tests.Servers;
using static HandsOff.Silo.Tests.Support.HttpHelp;

namespace HandsOff.Silo.Tests.Clustering;

/// <summary>A silo without devices that answers HTTP, and beside it, in a process of its own, one with a device: as deploy/ runs them.</summary>
public sealed class GatewayTests : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("handsoff-gateway-").FullName;
    private readonly List<SiloProcess> _silos = [];
    private RedisServer? _redis;

    private string Store => Path.Combine(_folder, "store");

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _silos) await silo.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<SiloProcess> SiloAsync(string name, params string[] arguments)
    {
        var environment = new Dictionary<string, string?> { ["HANDSOFF__Http__AllowLoopbackWithoutKey"] = "true", ["OMP_NUM_THREADS"] = "1" };
        string[] all = [.. arguments, "--threads", "1", "--store", Store, "--redis", _redis!.Address, "--cache", Path.Combine(_folder, $"cache-{name}"), "--address", "127.0.0.1", "--port", $"{FreePort.Next()}", "--gateway-port", $"{FreePort.Next()}"];
        var silo = await SiloProcess.StartAsync(name, all, environment, Path.Combine(_folder, "logs"));
        _silos.Add(silo);
        return silo;
    }

    [Fact]
    public async Task A_gateway_takes_orders_before_any_device_is_there_and_serves_what_the_devices_of_others_make()
    {
        _redis = await RedisServer.StartAsync(Path.Combine(_folder, "redis"));
        var pair = TrialPair.Create(Path.Combine(_folder, "pair"), calibrationSamples: 32);
        await new PairLibrary(LocalFolderStore.Create(Store), Path.Combine(_folder, "cache")).PutAsync(pair, CancellationToken.None);
        int port = FreePort.Next();
        await SiloAsync("gate", "--devices", "none", "--http", $"http://127.0.0.1:{port}");
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromMinutes(2) };

        // Nobody can try it, and it is taken all the same.
        var order = Submission("first", pair.Name, 45);
        using (var guess = await client.PostAsJsonAsync("/api/v1/datasets/estimate", order)) Assert.Equal(HttpStatusCode.ServiceUnavailable, (await guess.ProblemAsync()).Status);
        using (var taken = await client.PostAsJsonAsync("/api/v1/datasets", order)) Assert.Equal(HttpStatusCode.Accepted, taken.StatusCode);
        var worker = await SiloAsync("worker", "--devices", "cpu");
        var end = (await client.EventsAsync("/api/v1/datasets/first/events").ToListAsync())[^1];
        Assert.Equal(("end", "complete", 45), (end.Type, (string)end.Data["phase"]!, (int)end.Data["samples_committed"]!));

        Assert.Contains("<title>HandsOff</title>", await client.GetStringAsync("/"));
        using (var guess = await client.PostAsJsonAsync("/api/v1/datasets/estimate", Submission("second", pair.Name, 45)))
        {
            Assert.Equal(HttpStatusCode.OK, guess.StatusCode);
            Assert.Equal(1, (int)(await guess.Content.ReadFromJsonAsync<JsonObject>())!["nodes"]!);
        }

        foreach (string part in new[] { "", "/image", "/segmentation" })
        {
            var (stored, source) = await GetAsync(client, $"/api/v1/datasets/first/samples/17{part}");
            var (made, madeSource) = await GetAsync(client, $"/api/v1/datasets/first/samples/17{part}?source=made");
            Assert.Equal((part, "stored", "made"), (part, source, madeSource));
            Assert.Equal(stored, made);
        }

        await client.UntilNodeAsync("idle", "worker/cpu:0");
        (await client.PostAsync("/api/v1/nodes/worker/cpu:0/drain", null)).EnsureSuccessStatusCode();
        await client.UntilNodeAsync("stopped", "worker/cpu:0");
        (await client.PostAsync("/api/v1/nodes/worker/cpu:0/resume", null)).EnsureSuccessStatusCode();
        await client.UntilNodeAsync("idle", "worker/cpu:0");
        await worker.KillAsync();
        await client.UntilNodeAsync("lost", "worker/cpu:0");
        Assert.Equal(45, (int)(await client.JsonAsync("/api/v1/datasets/first"))["status"]!["samples_committed"]!);
    }

    private static async Task<(byte[] Bytes, string Source)> GetAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(path);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {await response.Content.ReadAsStringAsync()}");
        return (await response.Content.ReadAsByteArrayAsync(), Assert.Single(response.Headers.GetValues("HandsOff-Source")));
    }
}
