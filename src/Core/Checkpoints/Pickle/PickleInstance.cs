namespace HandsOff.Core.Checkpoints.Pickle;

/// <summary>An object of a known harmless class (argparse.Namespace, torch.device) whose content is of no interest.</summary>
internal sealed class PickleInstance(string className) : IPickleBuildable
{
    public string ClassName { get; } = className;

    public void Build(object? state)
    {
    }
}
