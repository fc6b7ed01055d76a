using HandsOff.Core.Evaluation.Experiments;

namespace HandsOff.Core.Tests.Evaluation.Experiments;

public sealed class ProtocolTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("protocol").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_protocol_of_the_project_that_needs_no_folders_is_valid()
    {
        string[] files = [.. Directory.GetFiles(Path.Combine(SharedData.RepositoryRoot, "experiments"), "*.json").Where(f => !Path.GetFileName(f).StartsWith("faces", StringComparison.Ordinal))];
        Assert.True(files.Length >= 4);
        foreach (string file in files) Assert.Equal(Path.GetFileNameWithoutExtension(file), Protocol.Read(file).Name);
    }

    [Fact]
    public void A_variant_changes_what_it_names_and_nothing_else()
    {
        var protocol = Protocol.Read(Write("""
            "settings": { "dataset": { "samples": 77, "keep": 0.8 } },
            "variants": [ { "name": "all", "settings": { "dataset": { "keep": 1 } } }, { "name": "few", "settings": { "labeler": { "members": 2 } } } ]
            """));
        var rows = protocol.Rows("test");
        Assert.Equal(["all", "few"], rows.Select(r => r.Name));
        Assert.Equal((77, 1.0), (rows[0].Settings.Dataset.Samples, rows[0].Settings.Dataset.Keep));
        Assert.Equal((77, 0.8, 2), (rows[1].Settings.Dataset.Samples, rows[1].Settings.Dataset.Keep, rows[1].Settings.Labeler.Members));
    }

    [Theory]
    [InlineData("\"settings\": { \"dataset\": { \"sampels\": 5 } }", "sampels")]
    [InlineData("\"settings\": { \"dataset\": { \"keep\": 2 } }", "keep 2")]
    [InlineData("\"settings\": { \"learningRates\": [] }", "learningRates")]
    [InlineData("\"settings\": { \"confidence\": 1 }", "confidence 1")]
    [InlineData("\"settings\": { \"annotatorRate\": 2 }", "annotatorRate 2")]
    [InlineData("\"networks\": [\"resnet\"]", "resnet")]
    [InlineData("\"transferNetworks\": [\"unet\"]", "unet-pretrained would be right")]
    [InlineData("\"variants\": [ { \"name\": \"x\", \"settings\": { \"labeler\": { \"taps\": 3 } } } ]", "variant 'x'")]
    [InlineData("\"tasks\": \"seg\", \"question\": 3", "not a protocol")]
    public void A_faulty_protocol_is_refused_by_name(string faulty, string said)
    {
        var e = Assert.Throws<HandsOffException>(() => Protocol.Read(Write(faulty)));
        Assert.Equal(HandsOffException.WrongUsage, e.ExitCode);
        Assert.Contains(said, e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void The_annotators_rate_is_asked_for_where_several_are_searched()
    {
        string Text(string settings, string system) => WriteText($$"""
            { "name": "p", "domain": { "scenes": true }, "pair": "x", "labelled": [8], "seeds": [1], "systems": ["handsoff", "{{system}}"], "settings": { {{settings}} } }
            """);
        Assert.Contains("annotatorRate", Assert.Throws<HandsOffException>(() => Protocol.Read(Text("\"learningRates\": [0.1, 0.2]", "datasetgan"))).Message);
        Assert.Equal(0.2, Protocol.Read(Text("\"learningRates\": [0.1, 0.2], \"annotatorRate\": 0.2", "datasetgan")).Settings.AnnotatorRate);
        Assert.Null(Protocol.Read(Text("\"learningRates\": [0.1]", "datasetgan")).Settings.AnnotatorRate);
        Assert.Null(Protocol.Read(Text("\"learningRates\": [0.1, 0.2]", "transfer")).Settings.AnnotatorRate);
    }

    [Fact]
    public void Folders_are_asked_for_only_where_they_are_used()
    {
        string labelled = _folder.Replace('\\', '/');
        Protocol Read(string systems, string more) => Protocol.Read(WriteText($$"""
            { "name": "p", "pair": "x", "labelled": [8], "seeds": [1], "systems": [{{systems}}], {{more}} "domain": { "poolFolder": "{{labelled}}", "validationFolder": "{{labelled}}", "testFolder": "{{labelled}}" } }
            """));
        Assert.Equal(2, Read("\"handsoff\", \"transfer\"", "").Systems.Count);
        foreach (string system in new[] { "upper", "annotated", "datasetgan", "editgan" })
            Assert.Contains("allFolder", Assert.Throws<HandsOffException>(() => Read($"\"handsoff\", \"{system}\"", "")).Message);

        Protocol Untested(string more) => Protocol.Read(WriteText($$"""
            { "name": "p", "pair": "x", "labelled": [8], "seeds": [1], "systems": ["handsoff"], {{more}} "domain": { "poolFolder": "{{labelled}}", "validationFolder": "{{labelled}}" } }
            """));
        Assert.False(Untested("\"scoreTest\": false,").ScoreTest);
        Assert.Contains("testFolder", Assert.Throws<HandsOffException>(() => Untested("")).Message);
    }

    [Theory]
    [InlineData("scenes-ablations", false)]
    [InlineData("scenes-labels", false)]
    [InlineData("scenes-50", true)]
    public void Choices_are_looked_for_without_the_test_split(string name, bool test) =>
        Assert.Equal(test, Protocol.Read(Path.Combine(SharedData.RepositoryRoot, "experiments", name + ".json")).ScoreTest);

    private string WriteText(string text)
    {
        string path = Path.Combine(_folder, "q.json");
        File.WriteAllText(path, text);
        return path;
    }

    private string Write(string more)
    {
        string path = Path.Combine(_folder, "p.json");
        File.WriteAllText(path, $$"""{ "name": "p", "domain": { "scenes": true }, "pair": "x", "systems": ["handsoff"], "labelled": [8], "seeds": [1], {{more}} }""");
        return path;
    }
}
