using System.Text.Json;
using HandsOff.Core.Datasets;
using HandsOff.Core.Evaluation.Downstream;
using HandsOff.Core.Labeling;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>
/// A declared experiment: everything that decides its figures, in one JSON file. Paths are relative to the current directory.
/// </summary>
public sealed record Protocol
{
    /// <summary>Name of the record and of its files.</summary>
    public required string Name { get; init; }

    /// <summary>What it asks, for readers.</summary>
    public string? Question { get; init; }

    public required ProtocolDomain Domain { get; init; }

    /// <summary>The pair whose generator all generating systems use: a folder, or a name under models/. Its labeler is not used.</summary>
    public required string Pair { get; init; }

    /// <summary>An encoder of that generator; the pair's own (encoder.safetensors) or one trained here when null.</summary>
    public string? EncoderFile { get; init; }

    /// <summary>The generator's discriminator, for the perceptual distance "discriminator", which needs no outside weights.</summary>
    public string? DiscriminatorFile { get; init; }

    public required IReadOnlyList<ExperimentSystem> Systems { get; init; }

    /// <summary>Labels wanted: <c>seg,keypoints,depth</c> or some of them; all that the domain has when null. One network predicts them all.</summary>
    public string? Tasks { get; init; }

    /// <summary>Numbers of labelled photographs.</summary>
    public required IReadOnlyList<int> Labelled { get; init; }

    /// <summary>Seeds: choice of photographs, labeler, dataset and network.</summary>
    public required IReadOnlyList<ulong> Seeds { get; init; }

    /// <summary>Downstream networks (<see cref="DenseNetworkConfig.Name"/>) of every system but transfer learning.</summary>
    public IReadOnlyList<string> Networks { get; init; } = ["unet"];

    /// <summary>Networks of transfer learning.</summary>
    public IReadOnlyList<string> TransferNetworks { get; init; } = ["deeplab-pretrained"];

    /// <summary>
    /// Scores every network on the test split, once, when the last choice is made. False where choices are looked for
    /// (ablations, sweeps): tables then show validation, and the test split stays untouched.
    /// </summary>
    public bool ScoreTest { get; init; } = true;

    public ExperimentSettings Settings { get; init; } = new();

    /// <summary>Rows of an ablation; without any the settings are run as they are.</summary>
    public IReadOnlyList<ProtocolVariant> Variants { get; init; } = [];

    /// <summary>Reads and checks a protocol.</summary>
    /// <exception cref="HandsOffException">Not JSON, an unknown name, a figure out of range.</exception>
    public static Protocol Read(string path)
    {
        if (!File.Exists(path)) throw HandsOffException.Usage($"{path}: no such protocol");
        try
        {
            return (JsonSerializer.Deserialize<Protocol>(File.ReadAllText(path), ExperimentJson.Options) ?? throw new JsonException("it is null")).Validate(path);
        }
        catch (JsonException e)
        {
            throw HandsOffException.Usage($"{path}: not a protocol: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>The settings of each row: the variants, or the settings as they are under the name "".</summary>
    internal IReadOnlyList<(string Name, ExperimentSettings Settings)> Rows(string where) =>
        Variants.Count == 0 ? [("", Settings)] : [.. Variants.Select(v => (v.Name, ExperimentJson.Merge(Settings, v, where)))];

    /// <summary>The kinds of label wanted of those that the domain has.</summary>
    internal LabelKinds Kinds(LabelKinds available) => Tasks is null ? available : DatasetOptions.ParseLabels(Tasks) is var wanted && (wanted & ~available) == 0
        ? wanted
        : throw HandsOffException.Usage($"protocol {Name}: tasks {Tasks}: the domain has {available}");

    /// <summary>Checks the protocol; <paramref name="where"/> names it in errors.</summary>
    public Protocol Validate(string where)
    {
        if (Name.Length is 0 or > 80 || Name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))) throw HandsOffException.Usage($"{where}: name '{Name}': letters, digits, '-', '_' and '.' would be right");
        Domain.Validate(where, all: Systems.Any(s => s == ExperimentSystem.Upper || ExperimentSources.UsesAnnotator(s)), test: ScoreTest);
        if (Systems.Count == 0 || Seeds.Count == 0 || Networks.Count == 0 || TransferNetworks.Count == 0) throw HandsOffException.Usage($"{where}: systems, seeds, networks and transferNetworks should name at least one each");
        if (Labelled.Count == 0 || Labelled.Any(n => n < 4)) throw HandsOffException.Usage($"{where}: labelled: numbers of 4 or more would be right");
        foreach (string network in Networks.Concat(TransferNetworks)) DenseNetworkConfig.Parse(network);
        if (TransferNetworks.FirstOrDefault(n => !DenseNetworkConfig.Parse(n).Pretrained) is { } fresh) throw HandsOffException.Usage($"{where}: transferNetworks: '{fresh}' is not pretrained; {fresh}-pretrained would be right");
        if (Variants.Select(v => v.Name).Distinct().Count() != Variants.Count) throw HandsOffException.Usage($"{where}: two variants have one name");
        Settings.Validate(where);
        bool unclear = Rows(where).Any(r => r.Settings.LearningRates.Count > 1 && r.Settings.AnnotatorRate is null);
        if (unclear && Systems.Any(ExperimentSources.UsesAnnotator))
            throw HandsOffException.Usage($"{where}: annotatorRate: with several learningRates it must be given; the annotator is trained once, before any search");
        return this;
    }
}
