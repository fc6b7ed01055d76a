using HandsOff.Grains.Errands;

namespace HandsOff.Grains.Nodes;

/// <summary>
/// The address of one device's worker; key <c>silo/device</c>, for example <c>gpu-0/cuda:1</c>. It lives on the silo that owns
/// the device and holds nothing itself: the worker and its loaded pairs belong to the process.
/// </summary>
[Alias("handsoff.IGpuNodeGrain")]
public interface IGpuNodeGrain : IGrainWithStringKey
{
    [Alias("Status")]
    Task<NodeStatus> Status();

    /// <summary>There may be work: ask now.</summary>
    [Alias("Wake")]
    Task Wake();

    /// <summary>Finish what is leased and take nothing new.</summary>
    [Alias("Drain")]
    Task Drain();

    /// <summary>Take work again.</summary>
    [Alias("Resume")]
    Task Resume();

    /// <summary>Makes one sample of a request, on the device's thread.</summary>
    [Alias("Sample")]
    Task<SampleFiles> Sample(string requestJson, long index);

    /// <summary>Makes a micro-batch to see what a request costs.</summary>
    [Alias("Try")]
    Task<Core.Datasets.SampleTrial> Try(string requestJson);

    /// <summary>Does an errand about a shard: what came of it, or null after a moment while it is at work. Whoever wants it asks again and again.</summary>
    [Alias("Errand")]
    Task<ErrandReport?> Errand(NodeErrand errand);
}
