using System.ComponentModel.DataAnnotations;

namespace HandsOff.Grains.Nodes;

/// <summary>Bounds of samples made on demand, a silo.</summary>
public sealed class SampleOptions
{
    /// <summary>Samples in the making at once. Default 16: those on one device share its micro-batches, and take turns with the shards.</summary>
    [Range(1, 256)]
    public int Concurrency { get; set; } = 16;

    /// <summary>Requests that may wait for their turn; one more is refused. Default 128.</summary>
    [Range(0, 10_000)]
    public int Queue { get; set; } = 128;

    /// <summary>Encoded samples kept for asking again, in MiB. Default 64.</summary>
    [Range(0, 65_536)]
    public int CacheMiB { get; set; } = 64;
}
