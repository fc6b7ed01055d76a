namespace HandsOff.Grains.Errands;

/// <summary>
/// A node's errands: each is begun once, however often it is asked for; asking waits a moment and comes back empty-handed while it is at work. What nobody has
/// asked for in a while is dropped, done or not: its client has gone.
/// </summary>
internal sealed class ErrandDesk : IAsyncDisposable
{
    /// <summary>How long an asking waits. Much shorter than the shortest response timeout.</summary>
    public static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);

    /// <summary>How long it is kept when nobody asks.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromSeconds(30);

    // So many clients' errands take turns on a device and its network.
    private const int AtOnce = 4;
    private static readonly TimeSpan s_end = TimeSpan.FromSeconds(5);

    private readonly IErrandRunner _runner;
    private readonly string _node;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _turns = new(AtOnce);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private bool _closed, _ended;

    public ErrandDesk(IErrandRunner runner, string node, TimeProvider time) => (_runner, _node, _time) = (runner, node, time);

    /// <summary>Takes no new errand; those that were begun are done.</summary>
    public bool Closed
    {
        get
        {
            lock (_lock) return _closed;
        }

        set
        {
            lock (_lock) _closed = value;
        }
    }

    /// <summary>What came of it, or null: at work, to be asked again.</summary>
    /// <exception cref="Core.HandsOffException">The errand failed; asked again, it is begun again.</exception>
    /// <exception cref="OrleansException">The node leaves, or takes nothing new.</exception>
    public async Task<ErrandReport?> AskAsync(NodeErrand errand)
    {
        Entry? entry;
        lock (_lock)
        {
            if (_ended) throw new OrleansException($"node '{_node}' leaves");
            if (!_entries.TryGetValue(errand.Ticket, out entry))
            {
                if (_closed) throw new OrleansException($"node '{_node}' is draining");
                _entries.Add(errand.Ticket, entry = new Entry(new CancellationTokenSource(Memory, _time)));
                entry.Stop.Token.Register(() => Drop(errand.Ticket, entry));
                entry.Work = Task.Run(() => DoAsync(errand, entry.Stop.Token));
            }

            entry.Stop.CancelAfter(Memory);
        }

        await Task.WhenAny(entry.Work, Task.Delay(Wait, _time));
        if (!entry.Work.IsCompleted || entry.Work.IsCanceled) return null;
        if (entry.Work.IsFaulted) Drop(errand.Ticket, entry);
        return await entry.Work;
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

        foreach (var entry in all) await entry.Stop.CancelAsync();
        await Task.WhenAny(Task.WhenAll(all.Select(e => e.Work)), Task.Delay(s_end, _time));
    }

    private async Task<ErrandReport> DoAsync(NodeErrand errand, CancellationToken cancellationToken)
    {
        await _turns.WaitAsync(cancellationToken);
        try
        {
            return await _runner.DoAsync(errand, _node, cancellationToken);
        }
        finally
        {
            _turns.Release();
        }
    }

    private void Drop(string ticket, Entry entry)
    {
        lock (_lock)
        {
            if (_entries.GetValueOrDefault(ticket) == entry) _entries.Remove(ticket);
        }
    }

    private sealed class Entry(CancellationTokenSource stop)
    {
        public CancellationTokenSource Stop => stop;

        public Task<ErrandReport> Work { get; set; } = null!;
    }
}
