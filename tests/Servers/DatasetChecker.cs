using System.Diagnostics;
using System.Globalization;

namespace HandsOff.Tests.Servers;

/// <summary>The independent checker of dataset folders (../shared/tools/check_dataset.py), where it is on this machine.</summary>
public static class DatasetChecker
{
    /// <summary>Why datasets are not checked here; null where they are.</summary>
    public static string? Missing { get; } = Repository.Shared("tools", "check_dataset.py") is null ? "../shared/tools/check_dataset.py is not here: no dataset was read by the independent checker" : null;

    /// <summary>Fails with the checker's words unless it finds no fault; the test is reported as skipped where the checker is absent.</summary>
    /// <param name="folder">The dataset.</param>
    /// <param name="samples">How many it should have.</param>
    /// <param name="against">Another dataset that its shards should equal byte by byte.</param>
    public static async Task RequireFaultlessAsync(string folder, long samples, string? against = null)
    {
        string? checker = Repository.Shared("tools", "check_dataset.py");
        Assert.SkipWhen(checker is null, "all but the last was as it should be: needs ../shared/tools/check_dataset.py, the independent checker, which is not on this machine");
        var start = new ProcessStartInfo("python3") { RedirectStandardOutput = true };
        string[] arguments = [checker!, folder, "--samples", samples.ToString(CultureInfo.InvariantCulture), .. against is null ? [] : new[] { "--against", against }];
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, output);
        Assert.Contains(" 0 faults", output);
    }
}
