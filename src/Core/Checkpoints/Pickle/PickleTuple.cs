namespace HandsOff.Core.Checkpoints.Pickle;

/// <summary>A Python tuple.</summary>
internal sealed class PickleTuple : PickleNode
{
    public static readonly PickleTuple Empty = new([]);

    public PickleTuple(object?[] items)
    {
        Items = items;
        foreach (object? item in items) Holds(item);
    }

    public object?[] Items { get; }

    public int Count => Items.Length;

    /// <summary>The item, or null beyond the end: an argument that was left out.</summary>
    public object? this[int index] => index < Items.Length ? Items[index] : null;
}
