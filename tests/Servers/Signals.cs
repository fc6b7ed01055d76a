using System.Runtime.InteropServices;

namespace HandsOff.Tests.Servers;

/// <summary>Linux signals, by process id.</summary>
internal static partial class Signals
{
    public const int Kill = 9, Terminate = 15, Continue = 18, Stop = 19;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendCore(int pid, int signal);

    public static void Send(int pid, int signal)
    {
        if (SendCore(pid, signal) != 0) throw new InvalidOperationException($"signal {signal} to process {pid}: error {Marshal.GetLastPInvokeError()}");
    }
}
