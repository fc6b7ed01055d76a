using System.Runtime.InteropServices;
using HandsOff.Core;
using Orleans.Runtime;

namespace HandsOff.Silo.Clustering;

/// <summary>
/// Ends the process when the silo cannot go on: most often the cluster declared it dead while it hung. Storage is the
/// record, so nothing is lost; whoever runs it starts it again.
/// </summary>
internal sealed class FatalEnd(ILocalSiloDetails self) : IFatalErrorHandler
{
    private int _ending;

    public bool IsUnexpected(Exception exception) => exception is not OperationCanceledException;

    public void OnFatalException(object? sender, string? context, Exception? exception)
    {
        if (Interlocked.Exchange(ref _ending, 1) != 0) return;
        string why = (context ?? exception?.Message ?? "a fault").ReplaceLineEndings("\n").Split('\n', 2)[0].Split(" Membership:", 2)[0].TrimEnd('.');
        Console.Error.WriteLine($"handsoff: silo '{self.Name}' ends: {why}; the others have taken over its work, start it again");
        Console.Error.Flush();

        // No orderly end: it would wait for a cluster that has gone on without this silo, and for threads that hang in native code.
        Exit(HandsOffException.Failed);
    }

    [DllImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void Exit(int code);
}
