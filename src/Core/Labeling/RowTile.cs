using static TorchSharp.torch;

namespace HandsOff.Core.Labeling;

/// <summary>
/// A tile of label rows: per group the source rows it needs, and the interpolation matrix [Count, slots]
/// that makes the tile's rows from them in one product.
/// </summary>
internal sealed record RowTile(int First, int Count, (int From, int To)[] Sources, Tensor Down);
