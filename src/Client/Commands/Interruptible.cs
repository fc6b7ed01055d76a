using HandsOff.Client.Generating;

namespace HandsOff.Client.Commands;

/// <summary>Work that Ctrl-C or SIGTERM ends in good order: it is not done, so the exit code is not 0.</summary>
internal static class Interruptible
{
    /// <summary>Runs it; when it was stopped, says how to go on and gives <see cref="LocalRun.Interrupted"/>.</summary>
    public static int Run(Func<int> work, string goOn, CancellationToken cancel)
    {
        try
        {
            return work();
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            Console.Error.WriteLine($"stopped; {goOn}");
            return LocalRun.Interrupted;
        }
    }
}
