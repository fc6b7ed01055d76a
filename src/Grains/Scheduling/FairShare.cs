namespace HandsOff.Grains.Scheduling;

/// <summary>
/// Which dataset a node asks for work next: strictly by priority, and by weight among equals (stride scheduling, the unit
/// being work done, so that datasets with long shards get no more than their part). Every node keeps its own: when each
/// shares its time by weight, so does the cluster, and nobody has to be asked.
/// </summary>
public sealed class FairShare
{
    private readonly Dictionary<string, (double Pass, int Priority)> _passes = new(StringComparer.Ordinal);

    // How far those at work have come, by priority: where a newcomer begins.
    private readonly Dictionary<int, double> _levels = [];

    /// <summary>The open datasets in the order in which to ask them.</summary>
    public IReadOnlyList<DatasetShare> Order(IReadOnlyCollection<DatasetShare> open)
    {
        var known = open.Select(d => d.Dataset).ToHashSet(StringComparer.Ordinal);
        foreach (string gone in _passes.Keys.Where(k => !known.Contains(k)).ToArray()) _passes.Remove(gone);

        // A newcomer starts level with those at work: no debt to collect from before it came.
        foreach (var dataset in open)
        {
            if (!_passes.TryGetValue(dataset.Dataset, out var there) || there.Priority != dataset.Priority)
                _passes[dataset.Dataset] = (_levels.GetValueOrDefault(dataset.Priority), dataset.Priority);
        }

        return [.. open.OrderByDescending(d => d.Priority).ThenBy(d => _passes[d.Dataset].Pass).ThenBy(d => d.Dataset, StringComparer.Ordinal)];
    }

    /// <summary>The dataset got <paramref name="work"/> (seconds, or any one unit) of this node.</summary>
    public void Served(DatasetShare dataset, double work)
    {
        if (!_passes.TryGetValue(dataset.Dataset, out var there)) return;
        _levels[there.Priority] = Math.Max(_levels.GetValueOrDefault(there.Priority), there.Pass);
        _passes[dataset.Dataset] = there with { Pass = there.Pass + work / Math.Max(dataset.Weight, 1e-6) };
    }

    /// <summary>The dataset had no work to give: what it did not ask for meanwhile is not owed to it later.</summary>
    public void HadNothing(DatasetShare dataset)
    {
        if (!_passes.TryGetValue(dataset.Dataset, out var there)) return;
        double level = _levels.GetValueOrDefault(there.Priority);
        if (there.Pass < level) _passes[dataset.Dataset] = there with { Pass = level };
    }
}
