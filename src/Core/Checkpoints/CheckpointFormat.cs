namespace HandsOff.Core.Checkpoints;

/// <summary>How a checkpoint file is written.</summary>
public enum CheckpointFormat
{
    /// <summary>safetensors: names, shapes and raw numbers.</summary>
    SafeTensors,

    /// <summary>torch.save since 1.6: a zip file (.pt, .pth).</summary>
    TorchZip,

    /// <summary>torch.save before 1.6: pickles followed by raw numbers (.pt, .pth).</summary>
    TorchLegacy,

    /// <summary>A bare pickle, as NVlabs writes its networks (.pkl).</summary>
    Pickle,
}
