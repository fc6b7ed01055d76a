namespace HandsOff.Core.Checkpoints.Pickle;

/// <summary>An inert object that takes the state a pickle gives it (the BUILD opcode).</summary>
internal interface IPickleBuildable
{
    void Build(object? state);
}
