using System.Collections.Concurrent;
using HandsOff.Core.Catalog;
using HandsOff.Core.Datasets;
using HandsOff.Core.Pairs;
using HandsOff.Grains.Nodes;
using HandsOff.Silo.Settings;

namespace HandsOff.Silo.Devices;

/// <summary>
/// Loads pairs of the cluster's library onto this silo's devices. Each is fetched and checked once a process, however many
/// devices ask for it; what failed is tried again when it is asked for again.
/// </summary>
internal sealed class ClusterEngines(PairLibrary library, SiloSettings settings) : IEngineFactory
{
    private readonly ConcurrentDictionary<string, Lazy<Task<Pair>>> _pairs = new(StringComparer.Ordinal);

    public ISampleEngine Load(string pairName, string pairDigest, string device)
    {
        if (pairDigest == NullPair.Digest && IsNull(device)) return new NullEngine(pairName, pairDigest, NullPair.Schema, NullPair.Side, NullPair.Side, settings.NullSampleTime);

        // The device's own thread: nothing else waits while it does.
        var pair = FetchAsync(pairDigest).GetAwaiter().GetResult();
        if (IsNull(device)) return new NullEngine(pair.Name, pair.Digest, pair.Manifest.Schema, pair.Manifest.Generator.Width, pair.Manifest.Generator.Height, settings.NullSampleTime);
        return PairEngines.Open(pair, device, settings.Maps);
    }

    private static bool IsNull(string device) => device.StartsWith("null", StringComparison.Ordinal);

    private async Task<Pair> FetchAsync(string digest)
    {
        var fetching = _pairs.GetOrAdd(digest, d => new Lazy<Task<Pair>>(() => Task.Run(() => library.GetAsync(d, CancellationToken.None))));
        try
        {
            return await fetching.Value.ConfigureAwait(false);
        }
        catch
        {
            _pairs.TryRemove(new(digest, fetching));
            throw;
        }
    }
}
