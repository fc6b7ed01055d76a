using System.Globalization;
using HandsOff.Core;
using TorchSharp;

namespace HandsOff.Client.Commands;

/// <summary>The device that <c>--device</c> names.</summary>
internal static class DeviceChoice
{
    /// <summary><c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>, or CUDA when there is one.</summary>
    /// <exception cref="HandsOffException">No such device.</exception>
    public static torch.Device Of(string? name) => name switch
    {
        null => torch.cuda.is_available() ? torch.CUDA : torch.CPU,
        "cpu" => torch.CPU,
        "cuda" when torch.cuda.is_available() => torch.CUDA,
        "cuda" => throw new HandsOffException("--device cuda: no CUDA device can be used; build with -p:TorchBackend=cuda on a machine that has one"),
        _ when name.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int index) =>
            torch.cuda.is_available() && index < torch.cuda.device_count() ? torch.device(DeviceType.CUDA, index) : throw new HandsOffException($"--device {name}: no such CUDA device can be used"),
        _ => throw HandsOffException.Usage($"--device {name}: it should be cpu, cuda or cuda:N"),
    };
}
