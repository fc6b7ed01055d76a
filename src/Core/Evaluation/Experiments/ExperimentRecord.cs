using System.Text.Json;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>What an experiment came to: the JSON file that every figure of the results page comes from.</summary>
public sealed record ExperimentRecord
{
    public const string FormatName = "handsoff-experiment/1";

    public string Format { get; init; } = FormatName;

    public required Protocol Protocol { get; init; }

    /// <summary>SHA-256 of the generator's file.</summary>
    public required string Generator { get; init; }

    public required MachineInfo Machine { get; init; }

    public required DateTimeOffset Finished { get; init; }

    /// <summary>Seconds of all stages together, those found in the cache counted as when they were made.</summary>
    public required double Seconds { get; init; }

    /// <summary>The same by kind of stage.</summary>
    public IReadOnlyDictionary<string, StageTime>? Stages { get; init; }

    /// <summary>The networks that labelled for datasetgan, editgan and annotated; empty where none was needed.</summary>
    public IReadOnlyList<AnnotatorScore> Annotators { get; init; } = [];

    /// <summary>Whose worst images NAME-failures.png shows.</summary>
    public string? Failures { get; init; }

    public required IReadOnlyList<ExperimentCell> Cells { get; init; }

    /// <summary>Reads a record.</summary>
    /// <exception cref="HandsOffException">Missing or no record.</exception>
    public static ExperimentRecord Read(string path)
    {
        try
        {
            var record = JsonSerializer.Deserialize<ExperimentRecord>(File.ReadAllText(path), ExperimentJson.Options) ?? throw new JsonException("it is null");
            return record.Format == FormatName ? record : throw new JsonException($"its format is '{record.Format}'");
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            throw new HandsOffException($"{path}: not an experiment's record: {e.Message.ReplaceLineEndings(" ")}", inner: e);
        }
    }

    /// <summary>Writes the record.</summary>
    public void Write(string path)
    {
        File.WriteAllText(path + ".tmp", JsonSerializer.Serialize(this, ExperimentJson.Options) + "\n");
        File.Move(path + ".tmp", path, overwrite: true);
    }
}
