using System.Text.Json;
using System.Text.Json.Serialization;

namespace HandsOff.Core.Inversion;

/// <summary>What an inversion came to: the content of <c>inversion.json</c>.</summary>
public sealed record InversionReport
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public string Format { get; init; } = "handsoff-inversion/1";

    /// <summary>The perceptual distance that all figures called LPIPS are: <c>lpips-squeeze</c>, <c>discriminator</c>, ...</summary>
    public required string Measure { get; init; }

    /// <summary>Photographs above this distance are rejected.</summary>
    public required double Gate { get; init; }

    /// <summary>Where the gate comes from: <c>given</c>, or the rule that was applied.</summary>
    public required string GateRule { get; init; }

    /// <summary>Whether an encoder gave the initial latents; the mean latent did otherwise.</summary>
    public required bool Encoder { get; init; }

    public required LatentOptimizerOptions Optimization { get; init; }

    /// <summary>Means over all photographs.</summary>
    public required double MeanLpips { get; init; }

    public required double MeanMse { get; init; }

    public required double MeanEncoderLpips { get; init; }

    public required double MeanEncoderMse { get; init; }

    /// <summary>How many the gate let through.</summary>
    public required int Accepted { get; init; }

    /// <summary>Every photograph, in id order.</summary>
    public required IReadOnlyList<InversionImage> Images { get; init; }

    /// <summary>Seconds that the inversion took.</summary>
    public required double Seconds { get; init; }

    /// <summary>Reads <c>inversion.json</c>.</summary>
    /// <exception cref="HandsOffException">Missing or no inversion report.</exception>
    public static InversionReport Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<InversionReport>(File.ReadAllText(path), Json) ?? throw new JsonException("empty");
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            throw new HandsOffException($"{path}: not an inversion report: {e.Message}; one written by 'handsoff invert' would be right", inner: e);
        }
    }

    internal void Write(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this, Json) + "\n");
}
