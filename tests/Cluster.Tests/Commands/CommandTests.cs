using System.Text.Json;
using HandsOff.Cluster.Tests.Support;
using HandsOff.Tests.Servers;

namespace HandsOff.Cluster.Tests.Commands;

/// <summary>The cluster's command line as a user has it: processes, Redis, silos.</summary>
public sealed class CommandTests(Oracle oracle)
{
    private static readonly TimeSpan s_sample = TimeSpan.FromMilliseconds(5);

    [Fact]
    public async Task A_dataset_is_submitted_steered_watched_through_a_silos_death_and_extended()
    {
        await using var cluster = await Harness.StartAsync(oracle, azure: false);
        // A silo that makes next to nothing while the dataset is being steered, however slow the machine is.
        var slow = await cluster.SiloAsync("slow", TimeSpan.FromMinutes(1));
        string[] request = ["--pair", oracle.PairFolder, "--seed", $"{Oracle.Seed}", "--shard-size", "50"];

        await Told(cluster, 0, "of 3,000 samples", ["submit", "data", "--samples", "3000", .. request]);
        await Told(cluster, 0, "data: paused", "pause", "data");
        await Told(cluster, 0, "weight 3, priority 2", "prioritise", "data", "--weight", "3", "--priority", "2");
        await Told(cluster, 0, "of 3,000 samples", ["submit", "data", "--samples", "3000", .. request]); // the same again changes nothing
        await Told(cluster, 1, "seed: 7 there, 8 asked", ["submit", "data", "--samples", "3000", .. request[..3], "8"]);
        using (var status = JsonDocument.Parse(await Told(cluster, 0, "\"phase\": \"paused\"", "status", "data", "--json")))
            Assert.Equal((3000, 3), (status.RootElement.GetProperty("samples").GetInt32(), status.RootElement.GetProperty("weight").GetInt32()));
        await Told(cluster, 0, "slow/null", "nodes");
        await Told(cluster, 1, "node 'c': the cluster has none of that name", "drain", "c");

        // The silo that the watcher is connected to, with the coordinator in it, dies on the way.
        await using var watch = Start(cluster, "watch", "data");
        await Told(cluster, 0, "data:", "resume", "data");
        await cluster.SiloAsync("quick", s_sample);
        await cluster.CommittedAsync("data", 5);
        await slow.KillAsync();
        Assert.Equal(0, await watch.WaitForExitAsync(TimeSpan.FromMinutes(5)));
        Assert.Contains(watch.Lines, l => l.Contains("complete: 3,000 samples in 60 shards", StringComparison.Ordinal));

        await Told(cluster, 2, "3000 samples asked for; 2000 are fewer", "extend", "data", "--samples", "2000");
        await Told(cluster, 2, "complete", "cancel", "data");
        await Told(cluster, 0, "of 3,100 samples", "extend", "data", "--samples", "3100");
        await Told(cluster, 0, "complete: 3,100 samples in 62 shards", "watch", "data");
        await Told(cluster, 0, "data: complete, 3,100 of 3,100 samples", "list");
        await Told(cluster, 0, "no fault", "verify", "data");
        await cluster.RequireSameAsync("data", 3100, 50);
    }

    [Fact]
    public async Task A_cancelled_dataset_ends_its_watchers_and_what_is_not_there_is_told()
    {
        await using var cluster = await Harness.StartAsync(oracle, azure: false);
        await cluster.SiloAsync("a", s_sample);
        await cluster.SubmitAsync("big", 1_000_000, 100);
        await using var watch = Start(cluster, "watch", "big");
        await cluster.CommittedAsync("big", 1);
        await Told(cluster, 0, "big: cancelled", "cancel", "big");
        Assert.Equal(1, await watch.WaitForExitAsync(TimeSpan.FromMinutes(2)));
        await Told(cluster, 1, "was cancelled", "watch", "big");
        await Told(cluster, 2, "was cancelled", "resume", "big");
        foreach (string command in new[] { "status", "watch", "pause", "cancel" }) await Told(cluster, 1, "'other': there is none of that name", command, "other");
        await Told(cluster, 0, "takes nothing new", "drain", "a");
    }

    private static ServerProcess Start(Harness cluster, params string[] arguments) => ServerProcess.Start(
        $"handsoff {arguments[0]}", "dotnet", [Path.Combine(AppContext.BaseDirectory, "handsoff.dll"), .. arguments], Environment(cluster), cluster.Folder[$"{arguments[0]}-{Guid.NewGuid():n}.log"]);

    private static Dictionary<string, string?> Environment(Harness cluster) => new()
    {
        ["HANDSOFF__Redis"] = cluster.Redis.Address,
        ["HANDSOFF__Store"] = cluster.Root,
        ["HANDSOFF__Silo__Cache"] = cluster.Folder["cache"],
        ["OMP_NUM_THREADS"] = "1",
    };

    private static async Task<string> Told(Harness cluster, int code, string words, params string[] arguments)
    {
        var (ended, output) = await Handsoff.RunAsync(Environment(cluster), cluster.Folder, arguments);
        Assert.True(ended == code && output.Contains(words, StringComparison.Ordinal), $"handsoff {string.Join(' ', arguments)}: exit code {ended} instead of {code}, or no '{words}' in:\n{output}\n{cluster.Logs()}");
        return output;
    }
}
