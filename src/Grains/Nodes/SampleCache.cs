using HandsOff.Core.Datasets;

namespace HandsOff.Grains.Nodes;

/// <summary>The samples made last, by request and index, up to a sum of bytes. A sample never changes, so none is ever stale.</summary>
internal sealed class SampleCache(long capacity)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Request, long Index), LinkedListNode<(string Request, long Index, StoredSample Sample, long Bytes)>> _nodes = [];
    private readonly LinkedList<(string Request, long Index, StoredSample Sample, long Bytes)> _order = new();
    private long _bytes;

    public StoredSample? Find(string request, long index)
    {
        lock (_lock)
        {
            if (!_nodes.TryGetValue((request, index), out var node)) return null;
            _order.Remove(node);
            _order.AddFirst(node);
            return node.Value.Sample;
        }
    }

    public void Add(string request, long index, StoredSample sample)
    {
        long bytes = sample.Members.Values.Sum(m => (long)m.Length);
        lock (_lock)
        {
            if (bytes > capacity || _nodes.ContainsKey((request, index))) return;
            _nodes[(request, index)] = _order.AddFirst((request, index, sample, bytes));
            for (_bytes += bytes; _bytes > capacity && _order.Last is { } last; _order.RemoveLast())
            {
                _bytes -= last.Value.Bytes;
                _nodes.Remove((last.Value.Request, last.Value.Index));
            }
        }
    }
}
