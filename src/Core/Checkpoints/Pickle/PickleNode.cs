namespace HandsOff.Core.Checkpoints.Pickle;

/// <summary>
/// A container in a pickle's result. Each knows how deep it nests, so that no later walk over it can run out of stack
/// (a container that holds itself grows without end and is refused too).
/// </summary>
internal abstract class PickleNode
{
    private const int DeepestNesting = 500;

    /// <summary>1 for a flat container, one more for each level inside.</summary>
    public int Depth { get; private set; } = 1;

    protected void Holds(object? child)
    {
        if (child is not PickleNode node || node.Depth < Depth) return;
        Depth = node.Depth + 1;
        if (Depth > DeepestNesting) throw new PickleException($"broken pickle: nested deeper than {DeepestNesting} levels");
    }
}
