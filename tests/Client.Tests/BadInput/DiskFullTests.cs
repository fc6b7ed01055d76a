using System.Diagnostics;
using HandsOff.Client.Tests.Support;

namespace HandsOff.Client.Tests.BadInput;

/// <summary>A disk that fills up in mid-run: one line, nothing committed is lost, and the same command goes on when there is room again.</summary>
public sealed class DiskFullTests : IDisposable
{
    private readonly Faults faults = new();
    private readonly bool mounted;

    public DiskFullTests()
    {
        Directory.CreateDirectory(Place);
        mounted = Mount("-t", "tmpfs", "-o", "size=400k", "handsoff-test", Place);
    }

    private string Place => faults.At("disk");

    public void Dispose()
    {
        if (mounted) Run("umount", "-l", Place);
        faults.Dispose();
    }

    [Fact]
    public async Task A_full_disk_stops_the_run_and_loses_nothing()
    {
        Assert.SkipUnless(mounted, "needs to mount a small tmpfs, which takes root");
        string dataset = Path.Combine(Place, "set");
        string[] generate = ["generate", "--pair", faults.Pair, "--samples", "600", "--seed", "3", "--shard-size", "20", "--devices", "cpu", "--threads", "1", "--out", dataset];
        await Faults.RefusedAsync(1, "the disk is full while writing", generate);

        var receipts = Directory.EnumerateFiles(Path.Combine(dataset, "receipts"), "*.json").ToList();
        Assert.NotEmpty(receipts);
        Assert.True(receipts.Count < 30, $"{receipts.Count} shards fitted: the disk was not full");
        var before = receipts.ToDictionary(r => r, File.ReadAllText);

        Assert.True(Mount("-o", "remount,size=64m", Place));
        var again = await Cli.RunAsync(generate);
        Assert.True(again.Code == 0, again.All);
        foreach (var (path, text) in before) Assert.Equal(text, File.ReadAllText(path));
        var verified = await Cli.RunAsync("verify", dataset);
        Assert.True(verified.Code == 0, verified.All);
    }

    private static bool Mount(params string[] arguments) => OperatingSystem.IsLinux() && Run("mount", arguments);

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
