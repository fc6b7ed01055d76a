using HandsOff.Client.Tests.Support;
using HandsOff.Core.Evaluation;
using HandsOff.Core.Evaluation.Experiments;
using HandsOff.Tests.Servers;

namespace HandsOff.Client.Tests;

/// <summary>The whole experiment and the report at their smallest: every stage runs, none of the figures means anything.</summary>
public sealed class ExperimentCommandTests : IDisposable
{
    private static readonly string s_root = Repository.Root;
    private readonly string _folder = Directory.CreateTempSubdirectory("experiment").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_tiny_protocol_runs_goes_on_where_it_was_and_gives_the_same_figures()
    {
        // The protocol's paths are relative to the repository.
        string protocol = In("tiny.json");
        File.WriteAllText(protocol, File.ReadAllText(Path.Combine(s_root, "experiments", "tiny.json")).Replace("models/", Path.Combine(s_root, "models") + "/", StringComparison.Ordinal));
        string[] run = ["experiment", "run", protocol, "--work", In("work"), "--out", In("out"), "--device", "cpu"];
        var first = await Cli.RunAsync(run);
        Assert.True(first.Code == 0, first.Error);
        var record = ExperimentRecord.Read(In("out/tiny.json"));
        Assert.Equal(7, record.Cells.Count);
        Assert.All(record.Cells, c => Assert.True(c.Test!.MeanIou is > 0 and < 1 && c.Test.DepthRmse > 0));
        Assert.NotNull(Assert.Single(record.Annotators).Validation.MeanIou);
        foreach (string part in new[] { "## Where HandsOff stands", "## Where the gap comes from", "annotator (on validation)", "seconds each" }) Assert.Contains(part, File.ReadAllText(In("out/tiny.md")));
        Assert.True(File.Exists(In("out/tiny.md")) && File.Exists(In("out/tiny.png")) && File.Exists(In("out/tiny-failures.png")));

        // What a kill would leave: a network without its mark. The rest is found again.
        string network = Directory.GetDirectories(In("work/stages"), "network-*").Order(StringComparer.Ordinal).First();
        File.Delete(Path.Combine(network, "stage.json"));
        var second = await Cli.RunAsync(run);
        Assert.True(second.Code == 0, second.Error);
        Assert.Single(second.Output.Split('\n'), l => l.EndsWith(" ...", StringComparison.Ordinal));
        Assert.Equal(record.Cells.Select(c => c.Test), ExperimentRecord.Read(In("out/tiny.json")).Cells.Select(c => c.Test), (a, b) => a!.MeanIou == b!.MeanIou && a.Pck == b.Pck && a.DepthRmse == b.DepthRmse);
        Assert.Equal(0, (await Cli.RunAsync(["experiment", "report", In("out/tiny.json")])).Code);
    }

    [Fact]
    public async Task A_report_tells_whether_the_dataset_is_worth_training_on()
    {
        Assert.Equal(0, (await Cli.RunAsync(["scenes", "render", "--count", "10", "--seed", "9", "--out", In("labelled")])).Code);
        string pair = Path.Combine(s_root, "models", "scenes-64");
        string[] report =
        [
            "evaluate", "--pair", pair, "--labels", In("labelled"), "--real", In("labelled/images"), "--out", In("report"), "--samples", "8", "--steps", "2", "--optimize", "1",
            "--perceptual", "discriminator", "--discriminator", Path.Combine(pair, "training", "discriminator.safetensors"), "--device", "cpu",
        ];
        var result = await Cli.RunAsync(report);
        Assert.True(result.Code == 0, result.Error);
        string page = File.ReadAllText(In("report/report.html"));
        foreach (string part in new[] { "downstream network", "Inversion", "Labels by class", "Does it know where it is wrong", "Variety", "glasses" }) Assert.Contains(part, page);
        string network = File.Exists(Path.Combine(LpipsWeights.InstallFolder, LpipsWeights.FileName(LpipsNet.Squeeze))) ? "unet-pretrained" : "deeplab";
        Assert.Contains($"{network}, 2 steps of 16 images, rate 0.01, the same for both", page);
        Assert.Contains("\"gain\"", File.ReadAllText(In("report/report.json")));
        // Three photographs were measured: whatever the figures say, they decide nothing.
        Assert.Contains("Cannot tell from 3 photographs", page);
        string json = File.ReadAllText(In("report/report.json"));
        Assert.Contains("\"interval\"", json);

        // The same command goes on: dataset, inversion and networks are there, and so are their figures.
        var again = await Cli.RunAsync(report);
        Assert.True(again.Code == 0, again.Error);
        Assert.DoesNotContain(again.Output.Split('\n'), l => l.EndsWith(" ...", StringComparison.Ordinal));
        Assert.Equal(4, result.Output.Split('\n').Count(l => l.EndsWith(" ...", StringComparison.Ordinal)));
        Assert.Equal(json[..json.IndexOf("\"machine\"", StringComparison.Ordinal)], File.ReadAllText(In("report/report.json"))[..json.IndexOf("\"machine\"", StringComparison.Ordinal)]);

        Assert.Equal(2, (await Cli.RunAsync(["evaluate", "--pair", pair])).Code);
        Assert.Equal(2, (await Cli.RunAsync(["evaluate", "--pair", pair, "--labels", In("labelled")])).Code);
        var unknown = await Cli.RunAsync([.. report, "--network", "resnet"]);
        Assert.Equal(2, unknown.Code);
        Assert.Contains("unet, deeplab, unet-pretrained or deeplab-pretrained", unknown.Error);
        Assert.Equal(2, (await Cli.RunAsync([.. report, "--learning-rate", "0"])).Code);
        Assert.Equal(1, (await Cli.RunAsync(["evaluate", "--pair", Path.Combine(s_root, "models", "faces-64"), "--labels", In("labelled"), "--out", In("other")])).Code);
    }

    [Fact]
    public async Task A_protocol_that_is_not_there_or_asks_for_too_much_is_a_usage_error()
    {
        Assert.Equal(2, (await Cli.RunAsync(["experiment", "run", In("no.json"), "--work", In("w"), "--out", In("o")])).Code);
        Assert.Equal(1, (await Cli.RunAsync(["experiment", "report", In("no.json")])).Code);
    }

    private string In(string name) => Path.Combine(_folder, name);
}
