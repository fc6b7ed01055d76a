using System.Runtime.InteropServices;
using TorchSharp;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>Where an experiment ran.</summary>
public sealed record MachineInfo
{
    public required string Processor { get; init; }

    /// <summary>Logical processors that the process may use.</summary>
    public required int Processors { get; init; }

    /// <summary>Threads of libtorch.</summary>
    public required int Threads { get; init; }

    public required string Device { get; init; }

    public required string Torch { get; init; }

    public required string Runtime { get; init; }

    /// <summary>This machine.</summary>
    public static MachineInfo Here(torch.Device device) => new()
    {
        Processor = Model(),
        Processors = Environment.ProcessorCount,
        Threads = torch.get_num_threads(),
        Device = device.ToString(),
        Torch = torch.__version__,
        Runtime = RuntimeInformation.FrameworkDescription,
    };

    private static string Model()
    {
        try
        {
            string? line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal));
            return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':') + 1)..].Trim();
        }
        catch (IOException)
        {
            return RuntimeInformation.ProcessArchitecture.ToString();
        }
    }
}
