using System.Runtime.InteropServices;
using System.Text;

namespace HandsOff.Core.Tensors;

/// <summary>
/// The process's C heap, from which libtorch takes the memory of its CPU tensors. glibc gives freed blocks of more than 32 MB, and whole emptied heaps
/// of threads, back to the kernel, only to ask for them again at the next layer: each time the kernel zeroes every page anew. On two
/// cores that was 40 % of the time at 64 px and 80 % at 256 px (<c>bench -- generator</c> against <c>--default-heap</c>). Kept, the memory is used again as it is.
/// </summary>
public static partial class NativeHeap
{
    /// <summary>glibc's settings that keep freed memory (to 2 GiB) and let all threads share one heap; it reads them once, when a process starts.</summary>
    internal const string Tunables = "glibc.malloc.mmap_threshold=1073741824:glibc.malloc.trim_threshold=2147483647:glibc.malloc.arena_max=1";

    private const string Variable = "GLIBC_TUNABLES";

    /// <summary>
    /// Begins the program again, in the same process and with the same arguments, with <see cref="Tunables"/>: for the first line of a program,
    /// it does not return when it succeeds. Nothing happens in a process that has them already, nor where the user has settings of their
    /// own (GLIBC_TUNABLES, MALLOC_*_, an allocator in LD_PRELOAD), nor on another system. Costs a start of the runtime, some 50 ms.
    /// </summary>
    public static void KeepFreedMemory()
    {
        if (!OperatingSystem.IsLinux() || Environment.ProcessPath is not { } program || HasOwnSettings(Environment.GetEnvironmentVariable)) return;
        try
        {
            string[] arguments = Encoding.UTF8.GetString(File.ReadAllBytes("/proc/self/cmdline")).Split('\0')[..^1];
            if (SetVariable(Variable, Joined(Environment.GetEnvironmentVariable(Variable)), 1) == 0) Execute(program, [.. arguments, null]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DllNotFoundException or EntryPointNotFoundException)
        {
            // Without it the program is slower, and otherwise the same.
        }
    }

    internal static bool HasOwnSettings(Func<string, string?> environment) =>
        environment(Variable)?.Contains("glibc.malloc.", StringComparison.Ordinal) == true
        || environment("LD_PRELOAD")?.Contains("malloc", StringComparison.Ordinal) == true
        || environment("MALLOC_MMAP_THRESHOLD_") is { Length: > 0 } || environment("MALLOC_TRIM_THRESHOLD_") is { Length: > 0 } || environment("MALLOC_ARENA_MAX") is { Length: > 0 };

    private static string Joined(string? others) => others is { Length: > 0 } ? $"{others}:{Tunables}" : Tunables;

    // Of libc: both return 0 or -1; execv does not return when it succeeds.
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "execv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string path, string?[] arguments);
}
