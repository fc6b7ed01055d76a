using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;
using HandsOff.Core.Datasets;
using HandsOff.Core.StyleGan2;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Pairs;

/// <summary>Names the kernel class of this process on a device: what libtorch's choice of kernels depends on.</summary>
internal static class KernelClasses
{
    private const string Full = "float32";
    private const string Reduced = "bfloat16";

    /// <param name="device">The device.</param>
    /// <param name="microBatch">Samples a call.</param>
    /// <param name="maps">Type of the generator's large feature maps.</param>
    public static KernelClass Of(Device device, int microBatch, ScalarType maps) =>
        new(__version__, device.type == DeviceType.CPU ? Cpu() : Gpu(device.index), maps == ScalarType.BFloat16 ? Reduced : Full, microBatch);

    /// <summary>The maps' type that a kernel class was made with.</summary>
    public static ScalarType MapsOf(KernelClass kernel) => kernel.Dtype == Reduced ? ScalarType.BFloat16 : ScalarType.Float32;

    private static string Cpu()
    {
        string arch = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        string isa = Avx512F.IsSupported ? Avx512Vbmi.IsSupported ? "avx512-vbmi" : "avx512" : Avx2.IsSupported ? "avx2" : "base";
        // MKL and oneDNN choose by the maker too, and by what a processor has for bfloat16.
        string maker = X86Base.IsSupported ? $"/{Maker()}{(Precision.HasAvx512BFloat16 ? "+bf16" : "")}{(Precision.HasAmxBFloat16 ? "+amx" : "")}" : "";
        return $"cpu/{arch}/{isa}{maker}";
    }

    private static string Maker()
    {
        var (_, b, c, d) = X86Base.CpuId(0, 0);
        string name = Encoding.ASCII.GetString(MemoryMarshal.AsBytes<int>([b, d, c]));
        return name switch
        {
            "GenuineIntel" => "intel",
            "AuthenticAMD" => "amd",
            _ => new string([.. name.ToLowerInvariant().Where(char.IsAsciiLetterOrDigit)]),
        };
    }

    // TorchSharp has no device properties; the driver's own listing names the model.
    private static string Gpu(int index)
    {
        const string listing = "/proc/driver/nvidia/gpus";
        if (Directory.Exists(listing))
        {
            string[] cards = [.. Directory.GetDirectories(listing).Order(StringComparer.Ordinal)];
            string information = Path.Combine(cards.ElementAtOrDefault(Math.Max(0, index)) ?? "", "information");
            if (File.Exists(information) && File.ReadLines(information).FirstOrDefault(l => l.StartsWith("Model:", StringComparison.Ordinal)) is { } model)
                return $"cuda/{model["Model:".Length..].Trim()}";
        }

        return "cuda/unknown";
    }
}
