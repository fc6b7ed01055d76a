using static TorchSharp.torch;

namespace HandsOff.Core.Labeling;

/// <summary>One batch on its way through the first layer: its taps, and what neighbouring tiles share. Owns all but the taps.</summary>
internal sealed class LayerPass(IReadOnlyList<Tensor> taps, int groups) : IDisposable
{
    public IReadOnlyList<Tensor> Taps { get; } = taps;

    /// <summary>Per group the hidden sums at its own size, or null where they are made tile by tile.</summary>
    public Tensor?[] Whole { get; } = new Tensor?[groups];

    /// <summary>Per group the source rows From..To of the latest tile, upsampled along the columns.</summary>
    public (Tensor? Rows, int From, int To)[] Bands { get; } = new (Tensor?, int, int)[groups];

    /// <summary>Replaces a group's band; takes the tensor over.</summary>
    public void Keep(int group, Tensor rows, int from, int to)
    {
        Bands[group].Rows?.Dispose();
        Bands[group] = (rows, from, to);
    }

    public void Dispose()
    {
        foreach (var sums in Whole) sums?.Dispose();
        foreach (var (rows, _, _) in Bands) rows?.Dispose();
    }
}
