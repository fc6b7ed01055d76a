using System.Diagnostics;
using HandsOff.Client.Tests.BadInput;
using HandsOff.Client.Tests.Support;
using HandsOff.Core.Pairs;
using HandsOff.Tests.Servers;

namespace HandsOff.Client.Tests;

/// <summary>Training that is told to stop is not done: neither its exit code nor a recipe says so.</summary>
public sealed class TrainInterruptionTests : IDisposable
{
    private readonly Faults _faults = new();

    public void Dispose() => _faults.Dispose();

    [Theory]
    [InlineData("gan", "INT")]
    [InlineData("encoder", "TERM")]
    [InlineData("labeler", "INT")]
    public async Task Told_to_stop_it_ends_with_130(string what, string signal)
    {
        string generator = Path.Combine(_faults.Pair, PairManifest.GeneratorFile), images = Path.Combine(_faults.Data, "images"), run = _faults.At("run");
        string[] arguments = what switch
        {
            "gan" => ["--size", "16", "--batch", "4", "--channel-base", "128", "--channel-max", "8", "--data", images],
            "encoder" => ["--generator", generator, "--photos", images, "--held-out", images, "--perceptual", "discriminator", "--discriminator", _faults.At("discriminator.safetensors"), "--pair-iterations", "1000000"],
            _ => ["--generator", generator, "--inverted", _faults.Inverted, "--data", _faults.Data, "--members", "100", "--steps", "1000000"],
        };
        using var process = Cli.Start(["train", what, "--out", run, .. arguments]);
        Assert.NotNull(await process.StandardOutput.ReadLineAsync()); // it has begun
        Cli.Signal(process, signal);
        var result = await Cli.EndAsync(process);
        Assert.True(result.Code == 130, result.All);
        Assert.DoesNotContain("   at ", result.All);
        foreach (string done in (string[])["finished", "report.json", "labeler.safetensors"]) Assert.False(File.Exists(Path.Combine(run, done)), done);
    }

    [Fact]
    public async Task Stopped_by_minutes_a_run_has_done_as_asked_and_is_not_finished()
    {
        var result = await Cli.RunAsync(
            "train", "gan", "--out", _faults.At("run"), "--size", "16", "--batch", "4", "--channel-base", "128", "--channel-max", "8", "--data", Path.Combine(_faults.Data, "images"), "--minutes", "0.001");
        Assert.True(result.Code == 0, result.All);
        Assert.Contains("--resume goes on", result.Output);
        Assert.False(File.Exists(Path.Combine(_faults.At("run"), "finished")));
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public async Task A_recipe_goes_past_a_generator_only_when_it_is_finished(bool finished, int code)
    {
        // A dotnet that does nothing and calls it a success.
        Directory.CreateDirectory(_faults.At("bin"));
        Directory.CreateDirectory(_faults.At("run"));
        File.WriteAllText(_faults.At("bin/dotnet"), "#!/bin/sh\nexit 0\n");
        using (var chmod = Process.Start("chmod", ["+x", _faults.At("bin/dotnet")])) await chmod.WaitForExitAsync();
        if (finished) File.WriteAllText(_faults.At("run/finished"), "");
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["-c", "source \"$1/recipes/common.sh\"; gan \"$2\" --kimg 1; echo went on", "bash", Repository.Root, _faults.At("run")]) start.ArgumentList.Add(argument);
        start.Environment["PATH"] = $"{_faults.At("bin")}:{Environment.GetEnvironmentVariable("PATH")}";
        using var bash = Process.Start(start)!;
        var result = await Cli.EndAsync(bash);
        Assert.True(result.Code == code, result.All);
        Assert.Equal(finished, result.Output.Contains("went on", StringComparison.Ordinal));
    }
}
