using System.ComponentModel.DataAnnotations;

namespace HandsOff.Grains.Nodes;

/// <summary>How a node works.</summary>
public sealed class NodeOptions
{
    /// <summary>Shards in the pipeline at once: with two, the device begins the next while the last one's end is encoded and uploaded.</summary>
    [Range(1, 16)]
    public int Slots { get; set; } = 2;

    /// <summary>How often a working node reports.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:00:10")]
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How often an idle node asks whether there is a dataset to work on.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:01:00")]
    public TimeSpan IdlePoll { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Memory for the weights of loaded pairs, in MiB a device. A pair too many is loaded all the same, and the one used least
    /// recently goes; so it should hold the pairs of all datasets made at once. Default 4096.
    /// </summary>
    [Range(0, 1L << 20)]
    public long PairMemoryMiB { get; set; } = 4096;

    /// <summary>
    /// How long a node that ends may finish what it works on before it gives the rest back. Default none: a run of one process that
    /// is interrupted ends at once.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan DrainTime { get; set; }
}
