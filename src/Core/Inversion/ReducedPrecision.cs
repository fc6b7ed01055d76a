using HandsOff.Core.StyleGan2;
using TorchSharp;
using static TorchSharp.torch;
using Generator = HandsOff.Core.StyleGan2.Generator;

namespace HandsOff.Core.Inversion;

/// <summary>Runs a generator's convolutions in bfloat16 until disposed: for the steps of a search, never for what is measured or kept.</summary>
internal readonly struct ReducedPrecision : IDisposable
{
    private readonly Generator _generator;
    private readonly ScalarType _before;

    public ReducedPrecision(Generator generator, bool reduced)
    {
        (_generator, _before) = (generator, generator.ComputeType);
        generator.ComputeType = reduced ? ScalarType.BFloat16 : ScalarType.Float32;
    }

    public void Dispose() => _generator.ComputeType = _before;
}
