namespace HandsOff.Core.Checkpoints.Pickle;

/// <summary>A Python dict (also OrderedDict and EasyDict), in insertion order. Later entries of a key replace earlier ones.</summary>
internal sealed class PickleDict : PickleNode, IPickleBuildable
{
    private static readonly object NoneKey = new();
    private readonly OrderedDictionary<object, object?> entries = [];

    public IEnumerable<KeyValuePair<object, object?>> Entries => entries;

    public int Count => entries.Count;

    public object? this[string key] => entries.GetValueOrDefault(key);

    public bool Has(string key) => entries.ContainsKey(key);

    // Keys are compared as strings and numbers; containers as keys (no checkpoint has them) by reference.
    public void Set(object? key, object? value)
    {
        Holds(key);
        Holds(value);
        entries[key ?? NoneKey] = value;
    }

    // torch hangs version figures (_metadata) on a state dict as attributes: nothing that is needed.
    public void Build(object? state)
    {
    }
}
