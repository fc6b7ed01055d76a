using System.Diagnostics;
using HandsOff.Silo.Hosting;
using HandsOff.Tests.Servers;
using YamlDotNet.RepresentationModel;

namespace HandsOff.Silo.Tests.Deployment;

/// <summary>deploy/compose.yaml, the image and the scripts as far as they can be checked without an engine.</summary>
public sealed class ComposeTests
{
    private static readonly string s_deploy = Path.Combine(Repository.Root, "deploy");

    [Theory]
    [InlineData("compose.yaml")]
    [InlineData("compose.gpu.yaml")]
    public void Names_in_compose_find_what_they_name(string file)
    {
        var tree = Manifests.Tree(Path.Combine(s_deploy, file));
        var services = tree.At("services").Keys();
        Assert.All(services, s => Assert.Contains(s, Manifests.Tree(Path.Combine(s_deploy, "compose.yaml")).At("services").Keys()));
        foreach (string name in services)
        {
            var service = tree.At("services", name);
            foreach (string on in service.At("depends_on").Keys().Concat(service.At("depends_on").Items().Select(i => i.Text()))) Assert.Contains(on, services);
            foreach (string network in service.At("networks").Items().Select(n => n.Text())) Assert.Contains(network, tree.At("networks").Keys());
            foreach (string[] volume in service.At("volumes").Items().Select(v => v.Text().Split(':')))
                Assert.True(volume[0].StartsWith("./", StringComparison.Ordinal) ? Path.Exists(Path.Combine(s_deploy, volume[0])) : tree.At("volumes").Keys().Contains(volume[0]), $"{name}: {volume[0]}");
            if (service.At("build", "dockerfile") is { } image) Assert.True(File.Exists(Path.Combine(Repository.Root, image.Text())));
            foreach (string port in service.At("ports").Items().Select(p => p.Text())) Assert.StartsWith("127.0.0.1:", port, StringComparison.Ordinal);
            if (service.At("stop_grace_period") is { } grace) Assert.True(int.Parse(grace.Text().TrimEnd('s')) > SiloRunner.TimeToStop.TotalSeconds);
        }
    }

    [Fact]
    public void Silos_Prometheus_and_Grafana_find_each_other()
    {
        var services = Manifests.Tree(Path.Combine(s_deploy, "compose.yaml")).At("services");
        foreach (string name in new[] { "gateway", "silo" }) Assert.Equal(["inside", "outside"], services.At(name, "networks").Items().Select(n => n.Text())); // the store may be an account
        string image = File.ReadAllText(Path.Combine(s_deploy, "Containerfile"));
        var scrape = Manifests.Tree(Path.Combine(s_deploy, "prometheus", "prometheus.yml")).At("scrape_configs", 0, "dns_sd_configs", 0);
        Assert.All(scrape.At("names").Items(), n => Assert.StartsWith("handsoff-silo:", services.At(n.Text(), "image").Text(), StringComparison.Ordinal));
        Assert.Contains($"EXPOSE {scrape.At("port").Text()} ", image, StringComparison.Ordinal);
        Assert.Contains($"HANDSOFF__Silo__Http=http://0.0.0.0:{scrape.At("port").Text()}", image, StringComparison.Ordinal);
        Assert.Contains("USER 10001", image, StringComparison.Ordinal);
        var source = new Uri(Manifests.Tree(Path.Combine(s_deploy, "grafana", "provisioning", "datasources", "prometheus.yaml")).At("datasources", 0, "url").Text());
        Assert.Contains(services.At(source.Host, "ports").Items(), p => p.Text().EndsWith($":{source.Port}", StringComparison.Ordinal));
        string dashboards = Manifests.Tree(Path.Combine(s_deploy, "grafana", "provisioning", "dashboards", "handsoff.yaml")).At("providers", 0, "options", "path").Text();
        Assert.Contains(services.At("grafana", "volumes").Items(), v => v.Text() == $"./grafana/dashboards:{dashboards}:ro");
        Assert.Contains(services.At("prometheus", "volumes").Items(), v => v.Text().Contains("rules.yml:/etc/prometheus/rules.yml", StringComparison.Ordinal));
        string example = File.ReadAllText(Path.Combine(s_deploy, "example.env"));
        foreach (System.Text.RegularExpressions.Match used in System.Text.RegularExpressions.Regex.Matches(File.ReadAllText(Path.Combine(s_deploy, "compose.yaml")), @"\$\{(\w+)[:}]"))
            Assert.Contains($"\n{used.Groups[1].Value}=", example, StringComparison.Ordinal);
        string[] blank = [.. example.Split('\n').Where(l => l.EndsWith('=') && !l.EndsWith("==", StringComparison.Ordinal))];
        Assert.Equal(["OTEL_EXPORTER_OTLP_ENDPOINT="], blank);
        Assert.All(File.ReadAllLines(Path.Combine(s_deploy, "compose.yaml")).Concat(example.Split('\n')), l => Assert.DoesNotContain("devstoreaccount1;BlobEndpoint=http://127", l, StringComparison.Ordinal));
    }

    [Fact]
    public void Azurite_is_started_as_the_tests_start_theirs()
    {
        string image = File.ReadAllText(Path.Combine(s_deploy, "azurite.Containerfile"));
        string command = Assert.Single(image.Split('\n'), l => l.StartsWith("CMD ", StringComparison.Ordinal));
        Assert.All(AzuriteServer.Flags, f => Assert.Contains($"\"{f}\"", command, StringComparison.Ordinal));
        string guide = File.ReadAllText(Path.Combine(Repository.Root, "docs", "guides", "run-a-cluster.md"));
        Assert.Contains(string.Join(' ', AzuriteServer.Flags), guide, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_and_what_is_made_are_kept_out_of_the_repository_and_of_images()
    {
        string[] kept = ["deploy/.env", "data/", "runs/", "node_modules/", "artifacts/"];
        string[] ignored = await File.ReadAllLinesAsync(Path.Combine(Repository.Root, ".dockerignore"), TestContext.Current.CancellationToken);
        foreach (string path in kept)
        {
            Assert.Contains(ignored, l => l.TrimEnd('/') == path.TrimEnd('/') || l.TrimEnd('/') == "**/" + path.TrimEnd('/'));
            Assert.Equal(path, (await RunAsync("git", "check-ignore", path)).Trim());
        }
    }

    [Fact]
    public async Task A_linter_finds_no_fault_in_deploy() => await RunAsync("yamllint", "-s", "deploy", ".yamllint.yaml");

    [Fact]
    public async Task A_linter_finds_no_fault_in_any_script()
    {
        string[] scripts = (await RunAsync("git", "ls-files", "*.sh", ".ci/run")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("test.sh", scripts);
        Assert.Contains(".ci/run", scripts);
        await RunAsync("shellcheck", ["-S", "warning", .. scripts]);
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(ServerBinaries.RequireOnPath(program), arguments) { WorkingDirectory = Repository.Root, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken) + await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {output}");
        return output;
    }
}
