using HandsOff.Cluster.Tests.Support;
using HandsOff.Core.Pairs;
using HandsOff.Grains.Coordination;

namespace HandsOff.Cluster.Tests.Faults;

/// <summary>The pair of a dataset is lost or damaged in the store before a silo could fetch it.</summary>
public sealed class BadPairTests(Oracle oracle)
{
    private const int Samples = 300, ShardSize = 10;

    private static readonly TimeSpan s_sampleTime = TimeSpan.FromMilliseconds(20), s_lease = TimeSpan.FromSeconds(4);

    [Fact]
    public async Task A_dataset_whose_pair_is_gone_or_damaged_stops_with_a_word_and_goes_on_when_it_is_back()
    {
        await using var h = await Harness.StartAsync(oracle, azure: false);
        h.Settings["HANDSOFF__Ledger__LeaseTime"] = $"{s_lease}";
        await h.SiloAsync("coordinator", TimeSpan.Zero, devices: "none");
        var a = await h.SiloAsync("a", s_sampleTime);
        await using var reader = new ManifestReader(h.UriOf("set"), Samples);
        await h.SubmitAsync("set", Samples, ShardSize);
        await h.CommittedAsync("set", 5);
        Assert.Equal(0, await a.StopAsync());
        int made = await h.ReceiptsAsync("set");
        Assert.InRange(made, 5, Samples / ShardSize - 1);

        string digest = Pair.Load(oracle.PairFolder).Digest, there = Path.Combine(h.Root, ".cluster", "pairs", digest), aside = h.Folder["aside"];
        Directory.Move(there, aside);
        await Task.Delay(s_lease, TestContext.Current.CancellationToken); // a counts no longer: what b says is believed
        await h.SiloAsync("b", s_sampleTime); // its cache is its own, and empty
        await StoppedAsync(h, made, $"pair {digest[..12]}: {h.Root} does not have it");
        await ToldAsync(h, 0, $"set: failed, {made * ShardSize} of {Samples} samples", "does not have it; 'handsoff submit' with the pair puts it there", "status");

        Directory.CreateDirectory(there);
        foreach (string file in Directory.EnumerateFiles(aside)) File.Copy(file, Path.Combine(there, Path.GetFileName(file)));
        string generator = Path.Combine(there, PairManifest.GeneratorFile);
        byte[] bytes = await File.ReadAllBytesAsync(generator, TestContext.Current.CancellationToken);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(generator, bytes, TestContext.Current.CancellationToken);
        await (await h.ClientAsync()).ResumeAsync("set");
        await StoppedAsync(h, made, "the pair is damaged in the store (");

        File.Copy(Path.Combine(aside, PairManifest.GeneratorFile), generator, overwrite: true);
        await (await h.ClientAsync()).ResumeAsync("set");
        var status = await h.CompleteAsync("set");
        Assert.Equal(made, status.ShardsFound);
        await h.RequireSameAsync("set", Samples, ShardSize);
        await reader.RequireCompleteAsync();
    }

    /// <summary>It ends failed and says so, to a watcher in one line; what was committed is there.</summary>
    private static async Task StoppedAsync(Harness h, int made, string words)
    {
        await ToldAsync(h, 1, "handsoff: set: ", words, "watch");
        var status = await h.StatusAsync("set");
        Assert.Equal((DatasetPhase.Failed, 1, made), (status.Phase, status.ExitCode, status.ShardsCommitted));
        Assert.Contains(words, status.Message, StringComparison.Ordinal);
        Assert.Equal(made, await h.ReceiptsAsync("set"));
    }

    /// <summary>The command's errors, or its first line, begin and go on so. A watcher's lines of progress are no part of it.</summary>
    private static async Task ToldAsync(Harness h, int code, string begin, string words, string command)
    {
        var environment = new Dictionary<string, string?> { ["HANDSOFF__Redis"] = h.Redis.Address, ["HANDSOFF__Store"] = h.Root, ["HANDSOFF__Silo__Cache"] = h.Folder["client-cache"], ["OMP_NUM_THREADS"] = "1" };
        var (ended, output) = await Handsoff.RunAsync(environment, h.Folder, command, "set");
        string[] lines = [.. output.Split('\n').Where(l => !l.Contains($" of {Samples} samples  ", StringComparison.Ordinal))];
        Assert.True(ended == code && lines[0].StartsWith(begin, StringComparison.Ordinal) && lines[0].Contains(words, StringComparison.Ordinal), $"handsoff {command}: exit code {ended}\n{output}\n{h.Logs()}");
        if (code != 0) Assert.Single(lines);
    }
}
