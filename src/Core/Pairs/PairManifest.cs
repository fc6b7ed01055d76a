using System.Security.Cryptography;
using System.Text.Json;
using HandsOff.Core.Labeling;
using HandsOff.Core.StyleGan2;

namespace HandsOff.Core.Pairs;

/// <summary>pair.json: what a pair is, what its labels mean, where it comes from, and its files with their digests.</summary>
public sealed record PairManifest
{
    /// <summary>The format's name and version.</summary>
    public const string CurrentFormat = "handsoff-pair/1";

    public const string FileName = "pair.json";
    public const string GeneratorFile = "generator.safetensors";
    public const string LabelerFile = "labeler.safetensors";
    public const string EncoderFile = "encoder.safetensors";
    public const string SheetFile = "sheet.png";
    public const string CardFile = "README.md";

    public string Format { get; init; } = CurrentFormat;

    public required string Name { get; init; }

    /// <summary>Identity, see <see cref="ComputeDigest"/>.</summary>
    public string Digest { get; init; } = "";

    /// <summary>Sizes of the generator; the weights lie in generator.safetensors.</summary>
    public required StyleGan2Config Generator { get; init; }

    public required LabelerSummary Labeler { get; init; }

    public required LabelSchema Schema { get; init; }

    public required Calibration Calibration { get; init; }

    /// <summary>Null when no photographs were inverted (trial pairs).</summary>
    public InversionSummary? Inversion { get; init; }

    /// <summary>Licence of the pair (an SPDX name where there is one).</summary>
    public required string License { get; init; }

    /// <summary>Terms that come with the training data, in words; null when the licence says it all.</summary>
    public string? Terms { get; init; }

    /// <summary>Where the training data come from.</summary>
    public required string Provenance { get; init; }

    /// <summary>Measured figures by name: frechet, inversion_lpips, miou, pck_0.1, depth_rmse, ...</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    public required IReadOnlyList<PairFile> Files { get; init; }

    /// <summary>
    /// The pair's identity: SHA-256 over the canonical JSON of what fixes a sample's bits and meaning - format, the
    /// generator's and labeler's file digests, schema, calibration. Card, sheet, encoder, metrics and name are not in it.
    /// </summary>
    public string ComputeDigest() => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(
        new { Format, Generator = FileNamed(GeneratorFile)?.Sha256, Labeler = FileNamed(LabelerFile)?.Sha256, Schema, Calibration },
        LabelJson.Compact)));

    /// <summary>The entry of a file, or null.</summary>
    public PairFile? FileNamed(string name) => Files.FirstOrDefault(f => f.Name == name);

    /// <summary>pair.json's bytes: indented, ends with a newline.</summary>
    public byte[] ToJson() => [.. JsonSerializer.SerializeToUtf8Bytes(this, LabelJson.Indented), (byte)'\n'];

    /// <summary>Parses pair.json; <paramref name="where"/> names it in errors.</summary>
    /// <exception cref="HandsOffException">Not JSON, a field missing, another format.</exception>
    public static PairManifest Parse(ReadOnlySpan<byte> json, string where)
    {
        PairManifest manifest;
        try
        {
            manifest = JsonSerializer.Deserialize<PairManifest>(json, LabelJson.Compact) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw new HandsOffException($"{where}: not a pair's manifest: {e.Message}", inner: e);
        }

        if (manifest.Format != CurrentFormat) throw new HandsOffException($"{where}: format '{manifest.Format}' is not known; '{CurrentFormat}' would be right");
        foreach (string needed in new[] { GeneratorFile, LabelerFile })
            if (manifest.FileNamed(needed) is null) throw new HandsOffException($"{where}: it lists no {needed}");
        foreach (var file in manifest.Files)
            if (Path.GetFileName(file.Name) != file.Name || file.Name.Length == 0) throw new HandsOffException($"{where}: file name '{file.Name}' leaves the pair's folder");
        if (manifest.Digest != manifest.ComputeDigest()) throw new HandsOffException($"{where}: its digest does not fit its content; it was edited, pack the pair again");
        manifest.Calibration.Validate(where);
        manifest.Generator.Validate();
        return manifest;
    }
}
