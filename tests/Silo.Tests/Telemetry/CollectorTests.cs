using System.Collections.Concurrent;
using System.Net;
using System.Text;
using HandsOff.Silo.Telemetry;
using HandsOff.Tests.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HandsOff.Silo.Tests.Telemetry;

/// <summary>A silo process and a collector that keeps what it is sent (OTLP over HTTP).</summary>
public sealed class CollectorTests : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("handsoff-collector-").FullName;
    private readonly ConcurrentDictionary<string, byte[]> _heard = new();
    private readonly List<IAsyncDisposable> _started = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var one in Enumerable.Reverse(_started)) await one.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact(Timeout = 180_000)]
    public async Task Metrics_traces_and_logs_reach_the_collector_and_say_which_silo_and_version_they_are_from()
    {
        var redis = await RedisServer.StartAsync(Path.Combine(_folder, "redis"));
        _started.Add(redis);
        var environment = new Dictionary<string, string?>
        {
            [TelemetryOptions.CollectorVariable] = await CollectAsync(),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["HANDSOFF__Notice__File"] = Path.Combine(_folder, "notice"), // so that it has something to log
        };
        await File.WriteAllTextAsync(Path.Combine(_folder, "notice"), "", TestContext.Current.CancellationToken);
        string[] arguments = ["--devices", "null", "--threads", "1", "--store", Path.Combine(_folder, "store"), "--redis", redis.Address, "--cache", Path.Combine(_folder, "cache"), "--address", "127.0.0.1", "--port", $"{FreePort.Next()}", "--gateway-port", $"{FreePort.Next()}"];
        var silo = await SiloProcess.StartAsync("told", arguments, environment, Path.Combine(_folder, "logs"));
        _started.Add(silo);
        while (!silo.Lines.Any(l => l.Contains("will be taken away", StringComparison.Ordinal))) await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal(0, await silo.StopAsync()); // whatever was held back is sent at the end
        foreach (string kind in new[] { "/v1/metrics", "/v1/traces", "/v1/logs" })
        {
            Assert.True(_heard.TryGetValue(kind, out byte[]? body), $"{kind}: nothing came; {string.Join(", ", _heard.Keys)} did\n{silo.LogEnd}");
            foreach (var (key, value) in new[] { ("silo", "told"), ("device", "null:0"), ("service.name", "handsoff-silo"), ("service.version", TelemetryHosting.Version) })
                Assert.True(body.AsSpan().IndexOf(Attribute(key, value)) >= 0, $"{kind}: no attribute {key} = {value}");
        }
    }

    /// <summary>An attribute as protobuf has it: KeyValue { key = 1, value = 2: AnyValue { string_value = 1 } }, all of them short.</summary>
    private static byte[] Attribute(string key, string value)
    {
        byte[] k = Encoding.UTF8.GetBytes(key), v = Encoding.UTF8.GetBytes(value);
        return [0x0a, (byte)k.Length, .. k, 0x12, (byte)(v.Length + 2), 0x0a, (byte)v.Length, .. v];
    }

    private async Task<string> CollectAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.MapPost("/v1/{kind}", async (HttpContext context) =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            _heard.TryAdd(context.Request.Path, body.ToArray());
        });
        await app.StartAsync();
        _started.Add(app);
        return app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
    }
}
