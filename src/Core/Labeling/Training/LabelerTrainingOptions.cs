namespace HandsOff.Core.Labeling.Training;

/// <summary>How a labeler is trained.</summary>
public sealed record LabelerTrainingOptions
{
    /// <summary>Ensemble members (the paper has 10).</summary>
    public int Members { get; init; } = 10;

    /// <summary>Kinds of label to learn; those the schema declares when null.</summary>
    public LabelKinds? Kinds { get; init; }

    /// <summary>Hidden widths of the segmentation head (DatasetGAN: 128, 32 below 32 classes).</summary>
    public (int First, int Second) SegmentationHidden { get; init; } = (128, 32);

    public (int First, int Second) KeypointHidden { get; init; } = (64, 32);

    public (int First, int Second) DepthHidden { get; init; } = (64, 32);

    /// <summary>Most optimiser steps a member.</summary>
    public int Steps { get; init; } = 1500;

    /// <summary>Pixels a step, drawn across all photographs.</summary>
    public int BatchPixels { get; init; } = 4096;

    /// <summary>Adam's learning rate at the start; it falls to zero along a cosine.</summary>
    public double LearningRate { get; init; } = 3e-3;

    /// <summary>Decoupled weight decay a unit of learning rate.</summary>
    public double WeightDecay { get; init; } = 0.02;

    /// <summary>Class weights are frequency to minus this power: 0 none, 0.5 square root, 1 every class alike.</summary>
    public double ClassBalance { get; init; } = 0.25;

    /// <summary>Share of the photographs a member does not learn from but stops by; each member holds out others. 0: no early stopping.</summary>
    public double Holdout { get; init; } = 0.1;

    /// <summary>Steps between two held-out measurements.</summary>
    public int EvaluateEvery { get; init; } = 100;

    /// <summary>Measurements without any head's improvement after which a member is done.</summary>
    public int Patience { get; init; } = 5;

    /// <summary>Standard deviation of the keypoints' Gaussians in label pixels; 1/40 of the smaller side (at least 1) when null.</summary>
    public double? KeypointSigma { get; init; }

    /// <summary>Smallest height in pixels of the taps that are learned from; smaller ones get no weight.</summary>
    public int SmallestTap { get; init; }

    /// <summary>Largest height in pixels of the taps that are learned from.</summary>
    public int LargestTap { get; init; } = int.MaxValue;

    public ulong Seed { get; init; }

    /// <summary>Checks the figures.</summary>
    /// <exception cref="HandsOffException">Naming the one that is wrong.</exception>
    public LabelerTrainingOptions Validate()
    {
        if (Members is < 1 or > 100) throw HandsOffException.Usage($"{Members} members; 1 to 100 are possible");
        if (Steps < 1 || BatchPixels < 64 || EvaluateEvery < 1 || Patience < 1) throw HandsOffException.Usage($"steps {Steps}, batch {BatchPixels}, evaluation every {EvaluateEvery}, patience {Patience}: all must be positive, the batch at least 64 pixels");
        if (!(LearningRate > 0) || !(WeightDecay >= 0)) throw HandsOffException.Usage($"learning rate {LearningRate} must be positive, weight decay {WeightDecay} not negative");
        if (!(Holdout >= 0 && Holdout <= 0.5)) throw HandsOffException.Usage($"hold-out {Holdout}: a share from 0 to 0.5 would be right");
        if (!(ClassBalance >= 0 && ClassBalance <= 1)) throw HandsOffException.Usage($"class balance {ClassBalance}: 0 (none) to 1 (all classes alike) would be right");
        if (KeypointSigma is { } sigma && !(sigma >= 0.5 && sigma <= 64)) throw HandsOffException.Usage($"keypoint sigma {sigma}: 0.5 to 64 label pixels would be right");
        if (SmallestTap > LargestTap) throw HandsOffException.Usage($"taps of {SmallestTap} to {LargestTap} pixels: the first should not be above the second");
        return this;
    }

    internal (int First, int Second) Hidden(LabelKinds kind) => kind switch
    {
        LabelKinds.Segmentation => SegmentationHidden,
        LabelKinds.Keypoints => KeypointHidden,
        _ => DepthHidden,
    };
}
