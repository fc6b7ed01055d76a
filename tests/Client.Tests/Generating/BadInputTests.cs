using HandsOff.Client.Tests.Support;

namespace HandsOff.Client.Tests.Generating;

/// <summary>Wrong commands: one clear line, exit code 1 or 2, no stack trace, nothing made.</summary>
public sealed class BadInputTests(Trial trial) : IClassFixture<Trial>
{
    [Theory]
    [InlineData(2, "--samples", "--samples", "0")]
    [InlineData(2, "samples '-5'", "--samples", "-5")]
    [InlineData(2, "samples 'many'", "--samples", "many")]
    [InlineData(2, "seed '18446744073709551616'", "--seed", "18446744073709551616")]
    [InlineData(2, "seed '-1'", "--seed", "-1")]
    [InlineData(2, "--colour", "--colour", "red")]
    [InlineData(2, "--threads", "--threads", "0")]
    [InlineData(2, "--devices", "--devices", "tpu")]
    [InlineData(2, "--devices", "--devices", "cuda:77")]
    [InlineData(2, "shard-size", "--shard-size", "0")]
    [InlineData(2, "truncation", "--truncation", "1.5")]
    [InlineData(2, "keep", "--keep", "0")]
    [InlineData(2, "label", "--labels", "flow")]
    [InlineData(2, "image format", "--image-format", "gif")]
    [InlineData(2, "noise", "--noise", "loud")]
    [InlineData(2, "max-attempts", "--max-attempts", "0")]
    [InlineData(1, "nowhere", "--pair", "nowhere")]
    [InlineData(1, "/proc/handsoff", "--out", "/proc/handsoff")]
    public async Task Each_mistake_gets_one_line(int code, string says, string option, string value)
    {
        string[] good = trial.Generate("bad", 10);
        int at = Array.IndexOf(good, option);
        string[] args = at < 0 ? [.. good, option, value] : [.. good[..at], option, value, .. good[(at + 2)..]];
        var result = await Cli.RunAsync(args);
        Assert.True(result.Code == code, result.All);
        Assert.Contains(says.TrimStart('-'), result.Error);
        AssertOneLine(result);
        Assert.False(Directory.Exists(trial.Folder("bad")), "something was made");
    }

    [Fact]
    public async Task A_missing_option_is_named()
    {
        var result = await Cli.RunAsync("generate", "--samples", "5", "--out", trial.Folder("bad"));
        Assert.Equal(2, result.Code);
        Assert.Contains("--pair", result.Error);
    }

    [Fact]
    public async Task An_existing_dataset_of_another_request_is_left_alone()
    {
        var made = await Cli.RunAsync(trial.Generate("taken", 40, "--shard-size", "20"));
        Assert.True(made.Code == 0, made.All);
        var before = trial.ShardBytes("taken");
        foreach (string[] change in (string[][])[["--seed", "8"], ["--truncation", "0.5"], ["--shard-size", "10"]])
        {
            string[] args = trial.Generate("taken", 40, change[0] == "--shard-size" ? change : ["--shard-size", "20", .. change]);
            if (change[0] == "--seed") args = [.. args.Where(a => a is not "--seed" and not "7" and not "8"), .. change];
            var result = await Cli.RunAsync(args);
            Assert.True(result.Code == 1, result.All);
            Assert.Contains("another request", result.Error);
            AssertOneLine(result);
        }

        var larger = await Cli.RunAsync(trial.Generate("taken", 60, "--shard-size", "20"));
        Assert.True(larger.Code == 1, larger.All);
        Assert.Contains("extend", larger.Error);
        Assert.Equal(before, trial.ShardBytes("taken"));
    }

    [Fact]
    public async Task A_folder_of_other_things_is_not_touched()
    {
        Directory.CreateDirectory(trial.Folder("holiday"));
        File.WriteAllText(Path.Combine(trial.Folder("holiday"), "notes.txt"), "mine");
        var result = await Cli.RunAsync(trial.Generate("holiday", 10));
        Assert.True(result.Code == 1, result.All);
        Assert.Contains("notes.txt", result.Error);
        Assert.Single(Directory.EnumerateFileSystemEntries(trial.Folder("holiday")));
    }

    [Fact]
    public async Task A_damaged_pair_is_refused_before_any_work()
    {
        string broken = trial.Folder("broken-pair");
        Directory.CreateDirectory(broken);
        foreach (string file in Directory.EnumerateFiles(trial.PairFolder)) File.Copy(file, Path.Combine(broken, Path.GetFileName(file)));
        using (var weights = new FileStream(Path.Combine(broken, "generator.safetensors"), FileMode.Open))
        {
            weights.Seek(-1, SeekOrigin.End);
            weights.WriteByte(1);
        }

        string[] args = trial.Generate("bad", 10);
        args[Array.IndexOf(args, trial.PairFolder)] = broken;
        var result = await Cli.RunAsync(args);
        Assert.True(result.Code == 1, result.All);
        Assert.Contains("generator.safetensors", result.Error);
        AssertOneLine(result);
        Assert.False(Directory.Exists(trial.Folder("bad")));
    }

    private static void AssertOneLine(CliResult result)
    {
        Assert.DoesNotContain("   at ", result.All);
        Assert.DoesNotContain("Exception", result.All);
        var lines = result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l != "handsoff: see --help");
        Assert.Single(lines);
    }
}
