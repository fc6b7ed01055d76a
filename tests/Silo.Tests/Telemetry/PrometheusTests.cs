using System.Diagnostics;
using System.Text.Json;
using HandsOff.Tests.Servers;

namespace HandsOff.Silo.Tests.Telemetry;

/// <summary>Dashboards and rules against a real Prometheus that reads a real run.</summary>
[Collection(nameof(WatchedAlone))]
public sealed class PrometheusTests
{
    [Fact]
    public async Task Every_expression_of_every_panel_annotation_and_rule_gives_series()
    {
        await using var silo = await WatchedSilo.StartAsync(TimeSpan.FromMilliseconds(20));
        await silo.StartAsync("seen", shardSize: 50, samples: 100_000);
        await UntilAsync(async () => (await silo.Dataset("seen").Status()).ShardsLeased >= 4, "all nodes work");
        await using var prometheus = await PrometheusServer.StartAsync(silo.Address);

        // The slowest figures: recorded every 15 s from rates, and rates need two readings.
        await UntilAsync(async () => await prometheus.SeriesAsync("handsoff:working_node_samples:rate5m and on () handsoff:samples_wasted:share30m >= 0") + await prometheus.SeriesAsync("handsoff:samples:rate1m") >= 2, "rules have run");
        var expressions = Dashboards.Files.SelectMany(Dashboards.Expressions).ToList();
        Assert.True(expressions.Count > 60, "the dashboards were not read");
        var rules = await prometheus.RulesAsync();
        Assert.Contains(rules, r => r.Name == "HandsOffNoCommit");
        var silent = new List<string>();
        foreach (var (where, expression) in expressions.Where(e => !e.Annotation).Select(e => (e.Where, e.Expression)).Concat(rules.Where(r => !r.Alert).Select(r => (r.Name, r.Expression))))
        {
            if (await prometheus.SeriesAsync(expression) == 0) silent.Add($"{where}: {expression}");
        }

        // What tells a fault gives nothing where there is none: what it compares must be there.
        foreach (var (where, expression) in expressions.Where(e => e.Annotation).Select(e => (e.Where, e.Expression)).Concat(rules.Where(r => r.Alert).Select(r => (r.Name, r.Expression))))
        {
            await prometheus.SeriesAsync(expression);
            foreach (string operand in Dashboards.Operands(expression))
            {
                bool offset = operand.Contains(" offset ", StringComparison.Ordinal); // there was nothing so long ago
                bool failed = operand.Contains("phase=\"failed\"", StringComparison.Ordinal); // and no dataset has failed
                if (!offset && !failed && await prometheus.SeriesAsync(operand) == 0) silent.Add($"{where}: {operand}");
            }
        }

        Assert.True(silent.Count == 0, string.Join('\n', silent));
        Assert.True(await prometheus.SeriesAsync(expressions.First(e => e.Where == "cluster: Node joined").Expression) >= 2);
    }

    [Theory]
    [InlineData("check", "rules", "rules.yml")]
    [InlineData("test", "rules", "rules_test.yml")]
    [InlineData("check", "config", "prometheus.yml")]
    public async Task Promtool_finds_no_fault(string verb, string what, string file)
    {
        string promtool = ServerBinaries.RequireOnPath("promtool");
        string folder = Path.GetDirectoryName(PrometheusServer.Rules)!;
        using var process = Process.Start(new ProcessStartInfo(promtool, [verb, what, file]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken) + await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, output);
    }

    [Fact]
    public async Task Every_alert_has_its_paragraph_in_the_guide()
    {
        string rules = await File.ReadAllTextAsync(PrometheusServer.Rules, TestContext.Current.CancellationToken);
        string guide = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "guides", "alerts.md"), TestContext.Current.CancellationToken);
        string[] alerts = [.. Lines(rules, "- alert: ")];
        Assert.True(alerts.Length >= 10);
        Assert.Equal(alerts.Select(a => $"docs/guides/alerts.md#{a.ToLowerInvariant()}"), Lines(rules, "runbook_url: "));
        Assert.Equal(alerts.Order(StringComparer.Ordinal), Lines(guide, "## ").Where(h => h.StartsWith("HandsOff", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

        static IEnumerable<string> Lines(string text, string prefix) =>
            text.Split('\n').Select(l => l.Trim()).Where(l => l.StartsWith(prefix, StringComparison.Ordinal)).Select(l => l[prefix.Length..]);
    }

    [Fact]
    public void Dashboards_have_ids_units_and_the_variables_they_use()
    {
        var seen = new HashSet<string>();
        foreach (string file in Dashboards.Files)
        {
            using var json = JsonDocument.Parse(File.ReadAllText(file));
            var root = json.RootElement;
            Assert.True(seen.Add(root.GetProperty("uid").GetString()!), file);
            string[] variables = [.. root.GetProperty("templating").GetProperty("list").EnumerateArray().Select(v => v.GetProperty("name").GetString()!)];
            Assert.Contains("datasource", variables);
            var ids = new HashSet<int>();
            foreach (var panel in root.GetProperty("panels").EnumerateArray())
            {
                Assert.True(ids.Add(panel.GetProperty("id").GetInt32()), $"{file}: an id twice");
                if (panel.GetProperty("type").GetString() == "row") continue;
                Assert.False(string.IsNullOrEmpty(panel.GetProperty("fieldConfig").GetProperty("defaults").GetProperty("unit").GetString()));
                foreach (var target in panel.GetProperty("targets").EnumerateArray())
                {
                    foreach (System.Text.RegularExpressions.Match used in System.Text.RegularExpressions.Regex.Matches(target.GetProperty("expr").GetString()!, @"\$(\w+)"))
                        Assert.True(used.Groups[1].Value.StartsWith("__", StringComparison.Ordinal) || variables.Contains(used.Groups[1].Value), $"{file}: {used.Value}");
                }
            }
        }
    }

    [Fact]
    public void Operands_are_split_outside_of_brackets_only() =>
        Assert.Equal(
            ["max by (a) (x{b=\"c > d\"})", "clamp_min(3 * (y > 1), 2)", "z"],
            Dashboards.Operands("max by (a) (x{b=\"c > d\"}) > on () group_left () clamp_min(3 * (y > 1), 2) or z"));

    private static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        for (int i = 0; i < 360; i++)
        {
            if (await condition()) return;
            await Task.Delay(250);
        }

        Assert.Fail($"not after 90 s: {what}");
    }
}
