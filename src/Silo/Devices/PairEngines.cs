using System.Collections.Concurrent;
using HandsOff.Core;
using HandsOff.Core.Datasets;
using HandsOff.Core.Pairs;
using HandsOff.Grains.Nodes;
using TorchSharp;

namespace HandsOff.Silo.Devices;

/// <summary>Loads pairs from folders on this machine onto its devices.</summary>
/// <param name="maps">Type of the generators' large feature maps.</param>
public sealed class PairEngines(torch.ScalarType maps = torch.ScalarType.Float32) : IEngineFactory
{
    private readonly ConcurrentDictionary<string, Pair> _known = new(StringComparer.Ordinal);

    /// <summary>Makes a pair known that was found and checked already.</summary>
    public void Add(Pair pair) => _known[pair.Digest] = pair;

    public ISampleEngine Load(string pairName, string pairDigest, string device)
    {
        var pair = _known.GetOrAdd(pairDigest, _ => Find(pairName, pairDigest));
        return Open(pair, device, maps);
    }

    /// <summary>The pair on a device; on the thread that owns it.</summary>
    internal static PairEngine Open(Pair pair, string device, torch.ScalarType maps)
    {
        // One torch thread a device thread: several nodes fill the cores, and no bit depends on how torch splits its sums.
        torch.set_num_threads(1);
        return PairEngine.Open(pair, device.StartsWith("cpu", StringComparison.Ordinal) ? torch.CPU : torch.device(device), maps: maps);
    }

    private static Pair Find(string name, string digest)
    {
        var pair = Pair.Load(name);
        return pair.Digest == digest
            ? pair
            : throw new HandsOffException($"pair {name}: {pair.Folder} has digest {pair.Digest[..12]}, the dataset was made with {digest[..12]}; the pair it was made with would be right");
    }
}
