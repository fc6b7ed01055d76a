namespace HandsOff.Core.Checkpoints.Pickle;

/// <summary>
/// An NVlabs persistent object: a class name and the attributes of one module (a torch.nn.Module keeps its tensors in
/// <c>_parameters</c> and <c>_buffers</c>, its parts in <c>_modules</c>). The Python source that came with it is dropped unread.
/// </summary>
internal sealed class PersistentObject : PickleNode
{
    public PersistentObject(string className, PickleDict state)
    {
        ClassName = className;
        State = state;
        Holds(state);
    }

    public string ClassName { get; }

    public PickleDict State { get; }
}
