using System.Runtime.Intrinsics.X86;
using static TorchSharp.torch;

namespace HandsOff.Core.StyleGan2;

/// <summary>Where reduced precision is used, and whether it pays.</summary>
public static class Precision
{
    /// <summary>Below this size the maps cost next to nothing and stay in fp32.</summary>
    private const int SmallestReduced = 16;

    /// <summary>fp32 values in a vector of AVX-512.</summary>
    private const int Lanes = 16;

    /// <summary>
    /// True on an x86 processor with AVX512-BF16 or AMX-BF16, where bfloat16 convolutions are about twice as fast as fp32;
    /// without them they are several times slower.
    /// </summary>
    public static bool BFloat16IsFast => HasAvx512BFloat16 || HasAmxBFloat16;

    // CPUID leaf 7: subleaf 1, EAX bit 5 is AVX512_BF16; subleaf 0, EDX bit 22 is AMX-BF16.
    internal static bool HasAvx512BFloat16 { get; } = HasLeaf7 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;

    internal static bool HasAmxBFloat16 { get; } = HasLeaf7 && (X86Base.CpuId(7, 0).Edx & (1 << 22)) != 0;

    /// <summary>
    /// The type of a layer's maps. Channels that do not fill a vector of sixteen stay in fp32: there is nothing to gain, and the kernels of libtorch 2.10
    /// for the rest of a vector compute wrong values, forward and backward, on at least one processor (Zen 5; PrecisionTests compares every gradient).
    /// </summary>
    internal static ScalarType Of(int resolution, long inputs, long outputs, ScalarType asked) =>
        resolution >= SmallestReduced && inputs % Lanes == 0 && outputs % Lanes == 0 ? asked : ScalarType.Float32;

    private static bool HasLeaf7 => X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= 7;
}
