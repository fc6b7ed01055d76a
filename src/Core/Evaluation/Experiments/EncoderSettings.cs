namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>How an experiment trains its encoder, where the pair brings none.</summary>
public sealed record EncoderSettings
{
    /// <summary>Steps on generated images.</summary>
    public int PairIterations { get; init; } = 600;

    /// <summary>Cap on the LPIPS fine-tuning on unlabelled images; 0 leaves it out.</summary>
    public int PhotoIterations { get; init; } = 400;

    public int Batch { get; init; } = 16;

    /// <summary>No encoder at all: optimisation begins at the mean latent.</summary>
    public bool None { get; init; }
}
