using System.Text.Json.Serialization;

namespace HandsOff.Core.Evaluation.Downstream;

/// <summary>How a downstream network is trained. The same options, sets and machine give the same network.</summary>
public sealed record DenseTrainingOptions
{
    public int Steps { get; init; } = 2000;

    /// <summary>Images a step.</summary>
    public int Batch { get; init; } = 16;

    /// <summary>Adam's rate at its height: up over the first twentieth of the steps, then down along a cosine.</summary>
    public double LearningRate { get; init; } = 0.01;

    /// <summary>Rate of pretrained weights, as a share of the others'.</summary>
    public double PretrainedRate { get; init; } = 0.1;

    /// <summary>Classes weigh as frequency to minus this power in the loss.</summary>
    public double ClassBalance { get; init; } = 0.25;

    /// <summary>Share of a batch that comes from the second training set, where there is one.</summary>
    public double SecondShare { get; init; } = 0.5;

    /// <summary>The same over the last third of the steps: what is general comes first, the photographs themselves last.</summary>
    public double FinalSecondShare { get; init; } = 0.9;

    /// <summary>Training steps in bfloat16 (<see cref="DenseNetwork.ComputeType"/>); measurements are fp32 either way. Several times slower on a processor without it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool BFloat16 { get; init; }

    /// <summary>Steps between measurements on the validation set, which also write a checkpoint. The best network is kept.</summary>
    public int EvaluateEvery { get; init; } = 200;

    public DenseAugmentation Augmentation { get; init; } = new();

    /// <summary>Seed of initial weights, order and augmentation.</summary>
    public ulong Seed { get; init; }

    /// <summary>Checks the figures.</summary>
    /// <exception cref="HandsOffException">Naming the one that is wrong.</exception>
    public DenseTrainingOptions Validate()
    {
        if (Steps < 1 || Batch is < 1 or > 4096 || EvaluateEvery < 1) throw HandsOffException.Usage($"downstream training: {Steps} steps of {Batch} images, measured every {EvaluateEvery}: all must be 1 or more");
        if (LearningRate is not (> 0 and < 1) || PretrainedRate is not (>= 0 and <= 1)) throw HandsOffException.Usage($"downstream training: rate {LearningRate} (above 0, below 1), of pretrained weights {PretrainedRate} (0 to 1)");
        if (ClassBalance is not (>= 0 and <= 1) || SecondShare is not (> 0 and < 1) || FinalSecondShare is not (> 0 and < 1))
            throw HandsOffException.Usage($"downstream training: class balance {ClassBalance} (0 to 1), share of the second set {SecondShare}, at the end {FinalSecondShare} (above 0, below 1)");
        Augmentation.Validate();
        return this;
    }

    /// <summary>Images of the second set in a step's batch: at least one, and one less than all.</summary>
    internal int SecondAt(int step)
    {
        double share = step < Steps * 2L / 3 ? SecondShare : FinalSecondShare;
        return Math.Max(Math.Min((int)Math.Round(Batch * share), Batch - 1), Math.Min(1, Batch - 1));
    }

    internal double RateAt(int step)
    {
        double t = (double)step / Steps;
        return LearningRate * Math.Min(1, (t + 1.0 / Steps) / 0.05) * 0.5 * (1 + Math.Cos(Math.PI * t));
    }
}
