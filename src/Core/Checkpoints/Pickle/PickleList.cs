namespace HandsOff.Core.Checkpoints.Pickle;

/// <summary>A Python list or set (a checkpoint's sets hold names only; their order and doubles do not matter here).</summary>
internal sealed class PickleList : PickleNode
{
    private readonly List<object?> items = [];

    public IReadOnlyList<object?> Items => items;

    public void Add(object? item)
    {
        Holds(item);
        items.Add(item);
    }
}
