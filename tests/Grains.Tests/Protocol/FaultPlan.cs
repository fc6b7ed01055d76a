using System.Security.Cryptography;
using HandsOff.Core.Datasets;
using HandsOff.Core.Tests.Datasets;

namespace HandsOff.Grains.Tests.Protocol;

/// <summary>
/// Counts the events of a store (every call before it takes effect, every change also after it) and makes some of them fail: the process dies
/// there, or only the answer is lost. Beside it a reader looks at every event whether the manifest keeps its promise.
/// </summary>
internal sealed class FaultPlan
{
    private static readonly string[] s_changes = ["create ", "replace ", "commit ", "delete ", "save "];

    private readonly Lock _lock = new();
    private readonly MemoryStore _store;
    private readonly HashSet<int> _crashes, _losses;
    private byte[]? _manifest;
    private DatasetManifest? _promised;
    private bool _dead;

    public FaultPlan(MemoryStore store, IEnumerable<int>? crashes = null, IEnumerable<int>? losses = null)
    {
        (_store, _crashes, _losses) = (store, [.. crashes ?? []], [.. losses ?? []]);
        store.Fault = Event;
    }

    /// <summary>Events so far.</summary>
    public int Events { get; private set; }

    /// <summary>The events after which the store was another one: a process that dies in between leaves the same as one that dies here.</summary>
    public List<int> Changes { get; } = [];

    /// <summary>What the reader saw amiss; null when nothing.</summary>
    public string? Broken { get; private set; }

    /// <summary>Called at an event, before it can fail.</summary>
    public Action<int>? At { get; init; }

    // The verifier reads several blobs at once: each is an event of its own.
    private Exception? Event(string what, bool after)
    {
        lock (_lock) return Next(what, after);
    }

    private Exception? Next(string what, bool after)
    {
        Look();
        if (_dead) return new ProcessDied();
        if (after && !s_changes.Any(c => what.StartsWith(c, StringComparison.Ordinal))) return null;
        int now = ++Events;
        if (after) Changes.Add(now);
        At?.Invoke(now);
        if (_crashes.Contains(now))
        {
            _dead = true;
            return new ProcessDied();
        }

        return _losses.Contains(now) ? new IOException($"connection reset at '{what}', {(after ? "after" : "before")} it took effect") : null;
    }

    private void Look()
    {
        if (!_store.Blobs.TryGetValue(DatasetBlobs.Manifest, out byte[]? manifest)) return;
        if (!ReferenceEquals(manifest, _manifest))
        {
            _manifest = manifest;
            _promised = DatasetManifest.FromJson(manifest, "manifest");
            foreach (var blob in _promised.Shards.SelectMany(s => s.Blobs))
            {
                if (!_store.Blobs.TryGetValue(blob.Name, out byte[]? there) || Convert.ToHexStringLower(SHA256.HashData(there)) != blob.Sha256)
                    Broken ??= $"the manifest names {blob.Name}, which is missing or different";
            }
        }

        foreach (var blob in _promised!.Shards.SelectMany(s => s.Blobs))
            if (!_store.Blobs.ContainsKey(blob.Name)) Broken ??= $"{blob.Name} went while the manifest names it";
    }
}
