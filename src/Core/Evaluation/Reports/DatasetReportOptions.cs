using HandsOff.Core.Evaluation.Downstream;

namespace HandsOff.Core.Evaluation.Reports;

/// <summary>Sizes of a dataset report.</summary>
public sealed record DatasetReportOptions
{
    /// <summary>Samples that are drawn and trained on.</summary>
    public int Samples { get; init; } = 2000;

    public float Truncation { get; init; } = 0.9f;

    /// <summary>Share of draws kept by the uncertainty cut.</summary>
    public double Keep { get; init; } = 0.9;

    /// <summary>Optimisation steps of each inversion.</summary>
    public int InversionSteps { get; init; } = 200;

    /// <summary>Training of both downstream networks.</summary>
    public DenseTrainingOptions Training { get; init; } = new();

    /// <summary>
    /// The downstream network's name (<see cref="DenseNetworkConfig.Name"/>). Null takes the U-Net on ImageNet's weights where
    /// those are at hand, else the DeepLab, which from scratch learns faster than the U-Net (docs/results/evaluation.md).
    /// </summary>
    public string? Network { get; init; }

    /// <summary>Channels of the downstream network.</summary>
    public int Channels { get; init; } = 16;

    /// <summary>Images compared for diversity, of each kind.</summary>
    public int Compared { get; init; } = 1000;

    /// <summary>Seed of the split, the dataset and the networks.</summary>
    public ulong Seed { get; init; }

    /// <summary>Checks the figures.</summary>
    /// <exception cref="HandsOffException">Naming the one that is wrong.</exception>
    public DatasetReportOptions Validate()
    {
        if (Samples < 8 || Compared < 8) throw HandsOffException.Usage($"--samples {Samples}: 8 or more would be right");
        if (InversionSteps < 0) throw HandsOffException.Usage($"--optimize {InversionSteps}: 0 or more");
        if (Keep is not (> 0 and <= 1) || Truncation is not (>= 0 and <= 1)) throw HandsOffException.Usage($"--keep {Keep} (above 0, at most 1), --truncation {Truncation} (0 to 1)");
        if (Network is not null) DenseNetworkConfig.Parse(Network);
        Training.Validate();
        return this;
    }
}
