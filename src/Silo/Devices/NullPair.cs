using HandsOff.Core.Datasets;
using HandsOff.Core.Labeling;

namespace HandsOff.Silo.Devices;

/// <summary>
/// A pair that is none: 8 x 8 pixels, two classes, no weights and no files, for null devices. A request made with it costs a
/// cluster nothing but itself.
/// </summary>
public static class NullPair
{
    /// <summary>Pixels a side.</summary>
    public const int Side = 8;

    /// <summary>No pair has it: SHA-256 digests are not all zeros.</summary>
    public static readonly string Digest = new('0', 64);

    public static LabelSchema Schema { get; } = new() { Classes = [new("nothing", "#000000"), new("something", "#ffffff")] };

    /// <summary>A request for it.</summary>
    public static DatasetRequest Request(DatasetOptions options, long samples) =>
        DatasetRequest.Create(options, samples, new PairReference("null", Digest, "MIT"), Schema, Side, Side, _ => null);
}
