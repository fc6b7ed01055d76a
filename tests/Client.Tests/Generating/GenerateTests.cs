using System.Text.Json;
using HandsOff.Client.Tests.Support;

namespace HandsOff.Client.Tests.Generating;

/// <summary>The main job, run inside the test's process.</summary>
public sealed class GenerateTests(Trial trial) : IClassFixture<Trial>
{
    [Fact]
    public async Task A_dataset_is_made_and_a_second_run_recognises_it_at_once()
    {
        var first = await Cli.RunAsync(trial.Generate("whole", 230, "--shard-size", "50", "--threads", "2"));
        Assert.True(first.Code == 0, first.All);
        Assert.Contains("complete: 230 samples in 5 shards", first.Output);
        Assert.Equal(230, trial.SampleDigests("whole").Count);
        await trial.CheckAsync("whole", 230);

        var second = await Cli.RunAsync(trial.Generate("whole", 230, "--shard-size", "50", "--json"));
        Assert.True(second.Code == 0, second.All);
        using var json = JsonDocument.Parse(second.Output);
        Assert.Equal("complete", json.RootElement.GetProperty("state").GetString());
        Assert.Equal(230, json.RootElement.GetProperty("samples_found").GetInt64());
        Assert.Equal(0, json.RootElement.GetProperty("bytes_written").GetInt64());
    }

    [Fact]
    public async Task Threads_change_no_byte_and_shard_size_changes_no_sample()
    {
        await Made(trial.Generate("one", 130, "--shard-size", "20", "--threads", "1"));
        await Made(trial.Generate("two", 130, "--shard-size", "20", "--threads", "2"));
        await Made(trial.Generate("other", 130, "--shard-size", "33", "--threads", "2"));
        Assert.Equal(trial.ShardBytes("one"), trial.ShardBytes("two"));
        Assert.Equal(trial.SampleDigests("one"), trial.SampleDigests("other"));
        Assert.Equal(130, trial.SampleDigests("one").Values.Distinct().Count());
        await trial.CheckAsync("two", 130, against: "one");
        await trial.CheckAsync("other", 130);
    }

    [Fact]
    public async Task Another_precision_is_another_kernel_class_and_verify_makes_samples_again_with_the_datasets_own()
    {
        await Made(trial.Generate("full", 40, "--shard-size", "20"));
        await Made(trial.Generate("half", 40, "--shard-size", "20", "--precision", "bf16", "--threads", "1"));
        await Made(trial.Generate("half-again", 40, "--shard-size", "20", "--precision", "bf16", "--threads", "2"));
        Assert.Equal(trial.ShardBytes("half"), trial.ShardBytes("half-again"));
        Assert.NotEqual(trial.ShardBytes("full"), trial.ShardBytes("half"));
        await trial.CheckAsync("half", 40);
        var verified = await Cli.RunAsync("verify", trial.Folder("half"), "--regenerate", "1", "--pair", trial.PairFolder, "--device", "cpu");
        Assert.True(verified.Code == 0, verified.All);

        var wrong = await Cli.RunAsync(trial.Generate("never", 40, "--precision", "fp8"));
        Assert.Equal(2, wrong.Code);
        Assert.Contains("precision 'fp8': should be fp32 or bf16", wrong.Error);
    }

    [Fact]
    public async Task A_cut_rejects_draws_alike_for_every_shard_size()
    {
        await Made(trial.Generate("cut-a", 90, "--shard-size", "30", "--keep", "0.5", "--noise", "seeded", "--labels", "seg", "--image-format", "webp"));
        await Made(trial.Generate("cut-b", 90, "--shard-size", "17", "--keep", "0.5", "--noise", "seeded", "--labels", "seg", "--image-format", "webp"));
        Assert.Equal(trial.SampleDigests("cut-a"), trial.SampleDigests("cut-b"));
        await trial.CheckAsync("cut-a", 90);
        await Made(trial.Generate("uncut", 90, "--shard-size", "30", "--noise", "seeded", "--labels", "seg"));
        await Made(trial.Generate("const", 90, "--shard-size", "30", "--labels", "seg"));
        Assert.Empty(trial.SampleDigests("const").Intersect(trial.SampleDigests("uncut")));
        int same = trial.SampleDigests("uncut").Count(s => trial.SampleDigests("cut-a")[s.Key] == s.Value);
        Assert.InRange(same, 15, 75); // about half the draws pass the median
    }

    [Fact]
    public async Task Extending_makes_what_a_larger_request_would_have_made()
    {
        await Made(trial.Generate("grown", 70, "--shard-size", "20"));
        var extended = await Cli.RunAsync("extend", trial.Folder("grown"), "--samples", "150", "--pair", trial.PairFolder, "--devices", "cpu");
        Assert.True(extended.Code == 0, extended.All);
        await Made(trial.Generate("large", 150, "--shard-size", "20"));
        Assert.Equal(trial.ShardBytes("large"), trial.ShardBytes("grown"));
        await trial.CheckAsync("grown", 150, against: "large");

        var smaller = await Cli.RunAsync("extend", trial.Folder("grown"), "--samples", "100", "--pair", trial.PairFolder);
        Assert.Equal(1, smaller.Code);
        Assert.Contains("150", smaller.Error);
    }

    [Fact]
    public async Task Extending_keeps_the_precision_of_the_shards_that_are_there()
    {
        await Made(trial.Generate("grown-half", 20, "--shard-size", "20", "--precision", "bf16"));
        await Made(["extend", trial.Folder("grown-half"), "--samples", "40", "--pair", trial.PairFolder, "--devices", "cpu"]);
        await Made(trial.Generate("large-half", 40, "--shard-size", "20", "--precision", "bf16"));
        Assert.Equal(trial.ShardBytes("large-half"), trial.ShardBytes("grown-half"));
    }

    [Fact]
    public async Task Going_on_in_another_kernel_class_is_refused_with_what_would_be_right()
    {
        await Made(trial.Generate("mixed", 40, "--shard-size", "20", "--precision", "bf16"));
        // One of two shards is there: stopped half-way.
        File.Delete(Path.Combine(trial.Folder("mixed"), "manifest.json"));
        File.Delete(Directory.EnumerateFiles(Path.Combine(trial.Folder("mixed"), "receipts")).Order().Last());
        var before = trial.ShardBytes("mixed");
        var refused = await Cli.RunAsync(trial.Generate("mixed", 40, "--shard-size", "20"));
        Assert.Equal(1, refused.Code);
        Assert.Contains("--precision bf16 would be right", refused.Error);
        Assert.Single(refused.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(before, trial.ShardBytes("mixed"));

        string receipt = Directory.EnumerateFiles(Path.Combine(trial.Folder("mixed"), "receipts")).Single(), text = File.ReadAllText(receipt);
        File.WriteAllText(receipt, text.Replace("\"cpu/", "\"cpu/other/", StringComparison.Ordinal));
        refused = await Cli.RunAsync(trial.Generate("mixed", 40, "--shard-size", "20", "--precision", "bf16"));
        Assert.Contains("another place, would be right", refused.Error);
        File.WriteAllText(receipt, text);
        await Made(trial.Generate("mixed", 40, "--shard-size", "20", "--precision", "bf16"));
        Assert.Equal(before, trial.ShardBytes("mixed"));
    }

    [Fact]
    public async Task Settings_come_from_the_environment_and_the_command_line_wins()
    {
        Environment.SetEnvironmentVariable("HANDSOFF__GENERATE__SHARDSIZE", "40");
        try
        {
            await Made(trial.Generate("settings", 80));
            await Made(trial.Generate("settings-won", 80, "--shard-size", "80"));
        }
        finally
        {
            Environment.SetEnvironmentVariable("HANDSOFF__GENERATE__SHARDSIZE", null);
        }

        Assert.Equal(2, trial.Receipts("settings"));
        Assert.Equal(1, trial.Receipts("settings-won"));
    }

    private static async Task Made(string[] args)
    {
        var result = await Cli.RunAsync(args);
        Assert.True(result.Code == 0, result.All);
    }
}
