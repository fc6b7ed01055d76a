using Spectre.Console;

namespace HandsOff.Client.Generating;

/// <summary>The view that fits where the output goes.</summary>
internal static class ProgressViews
{
    /// <summary>Nothing beside JSON, lines for files and pipes, a bar for terminals.</summary>
    public static IProgressView For(bool json, TimeProvider time) => json
        ? new SilentView()
        : Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Ansi ? new LinesView(time, Console.Out) : new BarView(time);
}
