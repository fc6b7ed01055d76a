using System.Collections.Concurrent;
using HandsOff.Core;
using HandsOff.Core.Datasets;
using HandsOff.Core.Pairs;

namespace HandsOff.Silo.Api;

/// <summary>The pairs that datasets can be made with: those of the cluster's store, and those that came with the program.</summary>
internal sealed class PairService(ClusterStore cluster, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan s_age = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _one = new(1);
    private readonly ConcurrentDictionary<string, bool> _stored = new(StringComparer.Ordinal);
    private IReadOnlyList<PairManifest> _pairs = [];
    private DateTimeOffset _read = DateTimeOffset.MinValue;

    /// <summary>All pairs by name, each digest once.</summary>
    public async Task<IReadOnlyList<PairManifest>> ListAsync(CancellationToken cancellationToken)
    {
        if (time.GetUtcNow() - _read < s_age) return _pairs;
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (time.GetUtcNow() - _read < s_age) return _pairs;
            var found = new List<PairManifest>();
            await foreach (var pair in cluster.Pairs.ListAsync(cancellationToken))
            {
                _stored[pair.Digest] = true;
                found.Add(pair);
            }

            found.AddRange(Shipped());
            _pairs = [.. found.DistinctBy(p => p.Digest).OrderBy(p => p.Name, StringComparer.Ordinal)];
            _read = time.GetUtcNow();
            return _pairs;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>The pair of this digest (whole or its first twelve digits or more) or name; null when there is none. Never a path.</summary>
    /// <exception cref="HandsOffException">Several pairs have this name.</exception>
    public async Task<PairManifest?> FindAsync(string nameOrDigest, CancellationToken cancellationToken)
    {
        var all = await ListAsync(cancellationToken);
        bool digest = nameOrDigest.Length is >= 12 and <= 64 && nameOrDigest.All(char.IsAsciiHexDigitLower);
        PairManifest[] fitting = [.. all.Where(p => p.Name == nameOrDigest || (digest && p.Digest.StartsWith(nameOrDigest, StringComparison.Ordinal)))];
        return fitting.Length <= 1
            ? fitting.FirstOrDefault()
            : throw HandsOffException.Usage($"pair '{nameOrDigest}': {fitting.Length} pairs are called so; give the digest of one: {string.Join(", ", fitting.Select(p => p.Digest[..12]))}");
    }

    /// <summary>The stored form of what was asked for, and the pair.</summary>
    /// <exception cref="HandsOffException">No such pair, or a field out of range: exit code 2.</exception>
    public async Task<DatasetRequest> ResolveAsync(SampleRequest request, long samples, CancellationToken cancellationToken)
    {
        var pair = await FindAsync(request.Pair, cancellationToken)
            ?? throw HandsOffException.Usage($"pair '{request.Pair}': the cluster has none of this name or digest; one of those that /api/v1/pairs lists would be right");
        return PairRequests.Create(pair, request.ToOptions(), samples);
    }

    /// <summary>Sees to it that the store has the pair, so that every node can fetch it.</summary>
    public async Task ProvideAsync(PairReference pair, CancellationToken cancellationToken)
    {
        if (_stored.ContainsKey(pair.Digest)) return;
        var shipped = await Task.Run(() => Pair.Load(pair.Name), cancellationToken);
        if (shipped.Digest != pair.Digest) throw new HandsOffException($"pair '{pair.Name}': {shipped.Folder} has changed meanwhile");
        await cluster.Pairs.PutAsync(shipped, cancellationToken);
        _stored[pair.Digest] = true;
    }

    public void Dispose() => _one.Dispose();

    /// <summary>Pairs under models/, where <see cref="Pair.Find"/> looks for them by name.</summary>
    private static IEnumerable<PairManifest> Shipped()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (string folder in Pair.ModelFolders().Where(Directory.Exists).SelectMany(Directory.EnumerateDirectories))
        {
            string path = Path.Combine(folder, PairManifest.FileName);
            if (File.Exists(path) && names.Add(Path.GetFileName(folder)) && Read(path) is { } pair && pair.Name == Path.GetFileName(folder)) yield return pair;
        }
    }

    private static PairManifest? Read(string path)
    {
        try
        {
            return PairManifest.Parse(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is HandsOffException or IOException or UnauthorizedAccessException)
        {
            return null; // one that cannot be read is none to offer
        }
    }
}
