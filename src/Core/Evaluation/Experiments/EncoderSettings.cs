namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>How an experiment trains its encoder, where neither protocol nor pair brings one or <see cref="Train"/> asks for it.</summary>
public sealed record EncoderSettings
{
    /// <summary>Trains one though there is one: the other figures say nothing without it where the pair brings its own.</summary>
    public bool Train { get; init; }

    /// <summary>Steps on generated images.</summary>
    public int PairIterations { get; init; } = 600;

    /// <summary>Cap on the LPIPS fine-tuning on unlabelled images; 0 leaves it out.</summary>
    public int PhotoIterations { get; init; } = 400;

    public int Batch { get; init; } = 16;

    /// <summary>No encoder at all: optimisation begins at the mean latent.</summary>
    public bool None { get; init; }
}
