using System.Globalization;

namespace HandsOff.Cluster.Tests.Support;

/// <summary>Lines for the record of a run (docs/results/faults.md): shown, and appended to the file that HANDSOFF_RECORD names.</summary>
internal static class FaultRecord
{
    public static void Line(FormattableString text)
    {
        string line = text.ToString(CultureInfo.InvariantCulture);
        TestContext.Current.TestOutputHelper?.WriteLine(line);
        if (Environment.GetEnvironmentVariable("HANDSOFF_RECORD") is { Length: > 0 } file) File.AppendAllText(file, $"- {line}\n");
    }
}
