using static TorchSharp.torch;

namespace HandsOff.Core.Labeling;

/// <summary>
/// One batch on its way through the first layer: its taps, and what its tiles share. Owns all but the taps. One buffer
/// serves all tiles: memory that is freed and taken anew in changing sizes would break the heap into pieces.
/// </summary>
internal sealed class LayerPass(IReadOnlyList<Tensor> taps, int groups, Tensor rows) : IDisposable
{
    public IReadOnlyList<Tensor> Taps { get; } = taps;

    /// <summary>Per group the hidden sums at its own size, or null where they are made tile by tile.</summary>
    public Tensor?[] Whole { get; } = new Tensor?[groups];

    /// <summary>Slots of source rows, upsampled along the columns: [B, slots, Width * Hidden].</summary>
    public Tensor Rows { get; } = rows;

    /// <summary>Per group how many source rows went into the slots so far.</summary>
    public int[] Done { get; } = new int[groups];

    public void Dispose()
    {
        foreach (var sums in Whole) sums?.Dispose();
        Rows.Dispose();
    }
}
