using HandsOff.Core.Labeling;

namespace HandsOff.Core.Datasets;

/// <summary>
/// A loaded pair on a device: turns sample keys into raw samples. Synchronous and single-threaded: the thread that owns
/// the device calls it, never a grain turn.
/// </summary>
public interface ISampleEngine : IDisposable
{
    /// <summary>The pair's name.</summary>
    string PairName { get; }

    /// <summary>The pair's digest (64 lower-case hex digits).</summary>
    string PairDigest { get; }

    LabelSchema Schema { get; }

    int Width { get; }

    int Height { get; }

    /// <summary>Samples a call computes at most; fewer are padded to this very shape.</summary>
    int MicroBatch { get; }

    KernelClass KernelClass { get; }

    /// <summary>About what its weights take on the device, in bytes; 0 where that is nothing.</summary>
    long Bytes => 0;

    /// <summary>The share (0 to 1) of the last <see cref="Generate"/> that went into labels; 0 where that is not measured.</summary>
    double LabelShare => 0;

    /// <summary>
    /// Generates and labels up to <see cref="MicroBatch"/> samples, in the keys' order. A sample's bits depend on the
    /// recipe and its own key alone: not on its neighbours nor on its place.
    /// </summary>
    RawSample[] Generate(ReadOnlySpan<SampleKey> keys, SampleRecipe recipe);
}
