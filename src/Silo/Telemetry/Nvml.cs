using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace HandsOff.Silo.Telemetry;

/// <summary>The few calls of NVIDIA's management library (it comes with the driver) that tell a GPU's memory and load.</summary>
internal sealed class Nvml
{
    private const string Library = "libnvidia-ml.so.1";

    private readonly ConcurrentDictionary<int, nint?> _devices = new();

    private Nvml()
    {
    }

    /// <summary>Null where there is no driver.</summary>
    public static Nvml? TryOpen()
    {
        try
        {
            return Init() == 0 ? new Nvml() : null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            return null;
        }
    }

    /// <summary>Bytes used and in all of the device that CUDA calls <paramref name="index"/>; null when it cannot be told.</summary>
    public (long Used, long Total)? Memory(int index) =>
        _devices.GetOrAdd(index, Handle) is { } device && MemoryInfo(device, out var memory) == 0 ? ((long)memory.Used, (long)memory.Total) : null;

    /// <summary>The share (0 to 1) of the last moments in which a kernel ran; null when it cannot be told.</summary>
    public double? Utilization(int index) =>
        _devices.GetOrAdd(index, Handle) is { } device && UtilizationRates(device, out var rates) == 0 ? rates.Gpu / 100.0 : null;

    /// <summary>CUDA numbers the devices it is allowed to see; the management library numbers all, or knows them by their name.</summary>
    private static nint? Handle(int index)
    {
        string[] visible = (Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (visible.Length > 0 && index >= visible.Length) return null;
        string? name = visible.Length > 0 ? visible[index] : null;
        if (name is not null && uint.TryParse(name, out uint number)) return HandleByIndex(number, out nint numbered) == 0 ? numbered : null;
        if (name is not null) return HandleByName(name, out nint named) == 0 ? named : null;
        return HandleByIndex((uint)index, out nint device) == 0 ? device : null;
    }

    [DllImport(Library, EntryPoint = "nvmlInit_v2")]
    private static extern int Init();

    [DllImport(Library, EntryPoint = "nvmlDeviceGetHandleByIndex_v2")]
    private static extern int HandleByIndex(uint index, out nint device);

    [DllImport(Library, EntryPoint = "nvmlDeviceGetHandleByUUID", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int HandleByName(string name, out nint device);

    [DllImport(Library, EntryPoint = "nvmlDeviceGetMemoryInfo")]
    private static extern int MemoryInfo(nint device, out MemoryFigures memory);

    [DllImport(Library, EntryPoint = "nvmlDeviceGetUtilizationRates")]
    private static extern int UtilizationRates(nint device, out Rates rates);

    [StructLayout(LayoutKind.Sequential)]
    private struct MemoryFigures
    {
        public ulong Total, Free, Used;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Rates
    {
        public uint Gpu, Memory;
    }
}
