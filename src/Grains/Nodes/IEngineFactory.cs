using HandsOff.Core.Datasets;

namespace HandsOff.Grains.Nodes;

/// <summary>Loads a pair onto a device.</summary>
public interface IEngineFactory
{
    /// <summary>
    /// Loads the pair of this name and digest. Called on the thread that owns the device, once a pair and device.
    /// </summary>
    /// <exception cref="Core.HandsOffException">There is no such pair here, its digest differs, or the device cannot be used.</exception>
    ISampleEngine Load(string pairName, string pairDigest, string device);
}
