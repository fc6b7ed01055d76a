using HandsOff.Core.Datasets;

namespace HandsOff.Grains.Nodes;

/// <summary>
/// The pairs loaded on a device. Each is loaded once; when their weights exceed the budget, those used least recently go, but
/// none that is in use and never the one just asked for.
/// </summary>
/// <param name="load">Loads a pair onto the device.</param>
/// <param name="budget">Bytes of weights.</param>
internal sealed class LoadedPairs(Func<PairReference, Task<LoadedPair>> load, long budget) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private long _clock;
    private bool _ended;

    /// <summary>Digests of the pairs that are loaded, in order.</summary>
    public IReadOnlyList<string> Digests
    {
        get
        {
            lock (_lock) return [.. _entries.Where(e => e.Value.Pair is not null).Select(e => e.Key).Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>The pair, loaded when it is not; it stays until the use is disposed.</summary>
    public async Task<Use> UseAsync(PairReference pair)
    {
        Entry? entry;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            if (!_entries.TryGetValue(pair.Digest, out entry)) _entries.Add(pair.Digest, entry = new Entry(pair.Digest, new(() => load(pair))));
            entry.Users++;
            entry.Used = ++_clock;
        }

        LoadedPair loaded;
        try
        {
            loaded = await entry.Loading.Value;
        }
        catch
        {
            lock (_lock)
            {
                entry.Users--;
                if (_entries.GetValueOrDefault(pair.Digest) == entry) _entries.Remove(pair.Digest); // the user may mend it and start again
            }

            throw;
        }

        bool ended;
        lock (_lock)
        {
            ended = _ended;
            if (!ended) entry.Pair = loaded;
        }

        var use = new Use(this, entry, loaded);
        if (!ended)
        {
            await EvictAsync();
            return use;
        }

        await entry.UnloadAsync(loaded);
        throw new ObjectDisposedException(nameof(LoadedPairs));
    }

    public async ValueTask DisposeAsync()
    {
        Entry[] all;
        lock (_lock)
        {
            _ended = true;
            all = [.. _entries.Values];
            _entries.Clear();
        }

        foreach (var entry in all)
        {
            if (entry.Pair is { } pair) await entry.UnloadAsync(pair);
        }
    }

    private async Task EvictAsync()
    {
        var over = new List<Entry>();
        lock (_lock)
        {
            long total = _entries.Values.Sum(e => e.Pair?.Bytes ?? 0);
            foreach (var entry in _entries.Values.Where(e => e is { Users: 0, Pair: not null }).OrderBy(e => e.Used).ToArray())
            {
                if (total <= budget || entry.Used == _clock) break;
                total -= entry.Pair!.Bytes;
                _entries.Remove(entry.Digest);
                over.Add(entry);
            }
        }

        foreach (var entry in over) await entry.UnloadAsync(entry.Pair!);
    }

    private ValueTask ReleaseAsync(Entry entry)
    {
        lock (_lock) entry.Users--;
        return new ValueTask(EvictAsync());
    }

    /// <summary>A pair in use.</summary>
    internal readonly struct Use(LoadedPairs owner, Entry entry, LoadedPair pair) : IAsyncDisposable
    {
        public LoadedPair Pair => pair;

        public ValueTask DisposeAsync() => owner.ReleaseAsync(entry);
    }

    internal sealed class Entry(string digest, Lazy<Task<LoadedPair>> loading)
    {
        private int _unloaded;

        public string Digest => digest;

        public Lazy<Task<LoadedPair>> Loading => loading;

        public LoadedPair? Pair { get; set; }

        public int Users { get; set; }

        public long Used { get; set; }

        /// <summary>Disposes the pair, once: eviction, the end and a load that outlasted it may all come here.</summary>
        public ValueTask UnloadAsync(LoadedPair pair) => Interlocked.Exchange(ref _unloaded, 1) == 0 ? pair.DisposeAsync() : ValueTask.CompletedTask;
    }
}
