using HandsOff.Core.Checkpoints.Pickle;
using static TorchSharp.torch;

namespace HandsOff.Core.Checkpoints.Torch;

/// <summary>A numpy dtype: its code (f8, i4, ...) and, from its state (version, byte order, ...), whether it is little-endian.</summary>
internal sealed class NumpyType(string code) : IPickleBuildable
{
    private bool bigEndian;

    /// <summary>torch's like of it; null when there is none or the bytes are swapped.</summary>
    public ScalarType? Type => bigEndian ? null : TorchTypes.OfNumpy(code);

    public void Build(object? state) => bigEndian = state is PickleTuple t && t[1] is ">";
}
