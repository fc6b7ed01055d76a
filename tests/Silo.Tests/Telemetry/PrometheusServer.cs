using System.Globalization;
using System.Text.Json;
using HandsOff.Tests.Servers;

namespace HandsOff.Silo.Tests.Telemetry;

/// <summary>A Prometheus of the test's own that reads one silo every second and runs the rules of deploy/.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private readonly ServerProcess _process;
    private readonly string _folder;
    private readonly HttpClient _client;
    private readonly long _started = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    private PrometheusServer(ServerProcess process, string folder, Uri address) => (_process, _folder, _client) = (process, folder, new HttpClient { BaseAddress = address });

    /// <summary>The repository's rules.</summary>
    public static string Rules => Path.Combine(Repository.Root, "deploy", "prometheus", "rules.yml");

    public static async Task<PrometheusServer> StartAsync(Uri silo)
    {
        string program = ServerBinaries.RequirePrometheus(), folder = Directory.CreateTempSubdirectory("handsoff-prometheus-").FullName;
        string config = Path.Combine(folder, "prometheus.yml");
        await File.WriteAllTextAsync(config, $$"""
            global: {scrape_interval: 1s, evaluation_interval: 1s}
            rule_files: ["{{Rules}}"]
            scrape_configs: [{job_name: handsoff, static_configs: [{targets: ["{{silo.Authority}}"]}]}]
            """);
        int port = FreePort.Next();
        string[] arguments = [$"--config.file={config}", $"--storage.tsdb.path={folder}/data", $"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"];
        var process = ServerProcess.Start("prometheus", program, arguments, new Dictionary<string, string?>(), Path.Combine(folder, "log"));
        var server = new PrometheusServer(process, folder, new Uri($"http://127.0.0.1:{port}"));
        await process.WaitAsync(server.IsReadyAsync, "ready");
        return server;
    }

    /// <summary>Series that the expression gave at any second since the start. Fails with Prometheus' words when it cannot be understood.</summary>
    public async Task<int> SeriesAsync(string expression)
    {
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        string query = string.Create(CultureInfo.InvariantCulture, $"/api/v1/query_range?query={Uri.EscapeDataString(expression)}&start={_started}&end={now}&step=1");
        using var answer = await _client.GetAsync(query);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        if (json.RootElement.GetProperty("status").GetString() != "success") Assert.Fail($"{expression}: {json.RootElement.GetProperty("error").GetString()}");
        return json.RootElement.GetProperty("data").GetProperty("result").GetArrayLength();
    }

    /// <summary>Name and expression of every rule.</summary>
    public async Task<IReadOnlyList<(string Name, string Expression, bool Alert)>> RulesAsync()
    {
        using var json = JsonDocument.Parse(await _client.GetStringAsync("/api/v1/rules"));
        return [.. from g in json.RootElement.GetProperty("data").GetProperty("groups").EnumerateArray()
                   from r in g.GetProperty("rules").EnumerateArray()
                   select (r.GetProperty("name").GetString()!, r.GetProperty("query").GetString()!, r.GetProperty("type").GetString() == "alerting")];
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await _client.GetAsync("/-/ready");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
