namespace HandsOff.Core.Checkpoints.Pickle;

/// <summary>
/// A whitelisted Python name. <see cref="Construct"/> makes the inert stand-in for what calling it would give; null for
/// names that are only mentioned (storage types, dtypes).
/// </summary>
internal sealed record PickleGlobal(string Module, string Name, Func<PickleTuple, object?>? Construct)
{
    public override string ToString() => $"{Module}.{Name}";
}
