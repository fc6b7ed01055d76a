using System.Diagnostics;
using System.Text;
using HandsOff.Core;
using HandsOff.Core.Tensors;
using TorchSharp;

namespace HandsOff.Bench;

/// <summary>Where results go, and what they were measured on.</summary>
internal static class Report
{
    /// <summary>Prints a result and writes it to bench/results/<paramref name="name"/>.md.</summary>
    public static void Write(string name, string text)
    {
        Console.Write(text);
        File.WriteAllText(PathOf(name + ".md"), text);
    }

    /// <summary>The command that measures again, with the arguments that were given.</summary>
    public static string Command(string name, string[] args) => $"dotnet run -c Release --project bench -- {string.Join(' ', [name, .. args])}";

    /// <summary>A file among the results.</summary>
    public static string PathOf(string file)
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "HandsOff.sln"))) folder = Path.GetDirectoryName(folder);
        if (folder is null) throw new HandsOffException("bench: HandsOff.sln not found above the program: nowhere to write the results");
        string results = Path.Combine(folder, "bench", "results");
        Directory.CreateDirectory(results);
        return Path.Combine(results, file);
    }

    /// <summary>Processor, threads, libtorch and how busy the machine was: figures taken beside other work say so.</summary>
    public static string Machine()
    {
        string processor = ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[^1].Trim() ?? "unknown processor";
        string load = ReadLines("/proc/loadavg").FirstOrDefault()?.Split(' ')[0] ?? "unknown";
        string heap = Environment.GetEnvironmentVariable("LD_PRELOAD") is { Length: > 0 } library ? Path.GetFileName(library)
            : Environment.GetEnvironmentVariable("GLIBC_TUNABLES") is { Length: > 0 } tunables ? NativeHeap.Tunables.StartsWith(tunables, StringComparison.Ordinal) ? "glibc that keeps freed memory" : tunables : "glibc by default";
        return new StringBuilder()
            .AppendLine($"Machine: {processor}, {Environment.ProcessorCount} logical processors, {torch.get_num_threads()} torch threads, TorchSharp on libtorch {torch.__version__}, allocator {heap}.")
            .AppendLine($"Load average when the run began: {load} (this process excluded; above 0.5 other work took part of the processors).")
            .ToString();
    }

    /// <summary>Seconds that work takes, by the clock and of processor time (all threads of the process).</summary>
    public static async Task<(double Wall, double Cpu)> MeasuredAsync(Func<Task> work)
    {
        using var process = Process.GetCurrentProcess();
        var cpu = process.TotalProcessorTime;
        long start = Stopwatch.GetTimestamp();
        await work();
        process.Refresh();
        return (Stopwatch.GetElapsedTime(start).TotalSeconds, (process.TotalProcessorTime - cpu).TotalSeconds);
    }

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    private static string[] ReadLines(string path) => File.Exists(path) ? File.ReadAllLines(path) : [];
}
