namespace HandsOff.Grains.Scheduling;

/// <summary>
/// Which dataset a node asks for work next: strictly by priority, and by weight among equals (stride scheduling, the unit
/// being work done, so that datasets with long shards get no more than their part). Every node keeps its own: when each
/// shares its time by weight, so does the cluster, and nobody has to be asked.
/// </summary>
public sealed class FairShare
{
    private readonly Dictionary<string, double> _pass = new(StringComparer.Ordinal);

    /// <summary>The open datasets in the order in which to ask them.</summary>
    public IReadOnlyList<DatasetShare> Order(IReadOnlyCollection<DatasetShare> open)
    {
        var known = open.Select(d => d.Dataset).ToHashSet(StringComparer.Ordinal);
        foreach (string gone in _pass.Keys.Where(k => !known.Contains(k)).ToArray()) _pass.Remove(gone);

        // A newcomer starts level with the one that is furthest behind: no debt to collect from before it came.
        double level = _pass.Count == 0 ? 0 : _pass.Values.Min();
        foreach (var dataset in open) _pass.TryAdd(dataset.Dataset, level);
        return [.. open.OrderByDescending(d => d.Priority).ThenBy(d => _pass[d.Dataset]).ThenBy(d => d.Dataset, StringComparer.Ordinal)];
    }

    /// <summary>The dataset got <paramref name="work"/> (seconds, or any one unit) of this node.</summary>
    public void Served(DatasetShare dataset, double work)
    {
        if (_pass.TryGetValue(dataset.Dataset, out double pass)) _pass[dataset.Dataset] = pass + work / Math.Max(dataset.Weight, 1e-6);
    }
}
