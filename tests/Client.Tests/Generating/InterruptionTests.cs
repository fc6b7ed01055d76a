using System.Diagnostics;
using HandsOff.Client.Tests.Support;

namespace HandsOff.Client.Tests.Generating;

/// <summary>The main job as a process of its own that is killed or told to stop in mid-run.</summary>
public sealed class InterruptionTests(Trial trial) : IClassFixture<Trial>
{
    private const int Samples = 800;

    [Fact]
    public async Task Killed_twice_and_run_again_it_gives_the_same_bytes()
    {
        string[] generate = trial.Generate("killed", Samples, "--shard-size", "20");
        foreach (int receipts in (int[])[2, 20])
        {
            using var process = Cli.Start(generate);
            await MidRunAsync(process, "killed", receipts);
            process.Kill();
            await process.WaitForExitAsync();
        }

        Assert.InRange(trial.Receipts("killed"), 20, 39);
        using var last = Cli.Start(generate);
        var result = await Cli.EndAsync(last);
        Assert.True(result.Code == 0, result.All);
        Assert.Contains("there before", result.Output);
        await OracleAsync();
        Assert.Equal(trial.ShardBytes("oracle"), trial.ShardBytes("killed"));
        await trial.CheckAsync("killed", Samples, against: "oracle");

        // The same samples as an undisturbed run of other shards: nothing hangs on where the kills fell.
        var other = await Cli.RunAsync(trial.Generate("other-shards", Samples, "--shard-size", "33"));
        Assert.True(other.Code == 0, other.All);
        Assert.Equal(trial.SampleDigests("other-shards"), trial.SampleDigests("killed"));
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Told_to_stop_it_ends_with_a_word_on_how_to_go_on(string signal)
    {
        string folder = $"stopped-{signal}";
        string[] generate = trial.Generate(folder, Samples, "--shard-size", "20");
        using var process = Cli.Start(generate);
        await MidRunAsync(process, folder, 3);
        Cli.Signal(process, signal);
        var stopped = await Cli.EndAsync(process);
        Assert.True(stopped.Code == 130, stopped.All);
        Assert.Contains("shards", stopped.Error);
        Assert.Contains("go on with: handsoff generate", stopped.Error);
        Assert.DoesNotContain("   at ", stopped.All);
        int kept = trial.Receipts(folder);
        Assert.InRange(kept, 3, 39);

        var resumed = await Cli.RunAsync(generate);
        Assert.True(resumed.Code == 0, resumed.All);
        await OracleAsync();
        Assert.Equal(trial.ShardBytes("oracle"), trial.ShardBytes(folder));
    }

    private async Task OracleAsync()
    {
        if (File.Exists(Path.Combine(trial.Folder("oracle"), "manifest.json"))) return;
        var result = await Cli.RunAsync(trial.Generate("oracle", Samples, "--shard-size", "20", "--threads", "2"));
        Assert.True(result.Code == 0, result.All);
    }

    private async Task MidRunAsync(Process process, string folder, int receipts)
    {
        for (int i = 0; trial.Receipts(folder) < receipts; i++)
        {
            Assert.False(process.HasExited, "it ended before it could be interrupted");
            Assert.True(i < 18000, "it does not get going");
            await Task.Delay(10);
        }
    }
}
