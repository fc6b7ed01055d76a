namespace HandsOff.Core.Inversion;

/// <summary>What an encoder's training came to, as written to <c>report.json</c>.</summary>
public sealed record EncoderTrainingReport
{
    /// <summary>What the perceptual figures are: <c>lpips-squeeze</c>, <c>discriminator</c>, ...</summary>
    public required string Perceptual { get; init; }

    /// <summary>Photographs trained on and held out.</summary>
    public required int Photographs { get; init; }

    /// <summary>Held-out photographs measured.</summary>
    public required int HeldOut { get; init; }

    /// <summary>Parameters of the encoder.</summary>
    public required long Parameters { get; init; }

    /// <summary>The mean latent's image for every photograph: what an encoder that has learnt nothing gives.</summary>
    public required EncoderMeasurement Start { get; init; }

    /// <summary>After the first phase.</summary>
    public required EncoderMeasurement BeforeFineTuning { get; init; }

    /// <summary>The iterate kept.</summary>
    public required EncoderMeasurement Best { get; init; }

    /// <summary>The last one: when it is later than the best, fine-tuning had stopped helping.</summary>
    public required EncoderMeasurement Last { get; init; }

    public required EncoderTrainingOptions Options { get; init; }

    /// <summary>Training time in seconds.</summary>
    public required double Seconds { get; init; }
}
