using System.Text.Json;
using System.Text.Json.Serialization;
using HandsOff.Core.Tensors;
using HandsOff.Core.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Inversion;

/// <summary>
/// All that an encoder's training carries from step to step beside the networks, and its checkpoint: one safetensors file,
/// replaced as a whole. Random numbers and data order are functions of the seed and the step, so none are stored.
/// </summary>
internal sealed record EncoderRunState
{
    internal static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public required EncoderTrainingOptions Options { get; init; }

    /// <summary>Null in checkpoints of older versions.</summary>
    public EncoderInputs? Inputs { get; init; }

    public EncoderPhase Phase { get; set; }

    /// <summary>Steps done in the phase.</summary>
    public int Iteration { get; set; }

    /// <summary>Steps done in all.</summary>
    public int Steps { get; set; }

    /// <summary>Training time when the phase began, and now.</summary>
    public double PhaseBegan { get; set; }

    public double Seconds { get; set; }

    /// <summary>Sum of the losses since the last measurement, and their count.</summary>
    public double LossSum { get; set; }

    public int LossCount { get; set; }

    /// <summary>Measurements of the second phase since the last best one.</summary>
    public int SinceBest { get; set; }

    public bool Done { get; set; }

    public List<EncoderMeasurement> History { get; init; } = [];

    /// <summary>Writes the checkpoint.</summary>
    public void Save(string path, Encoder encoder, FlatAdam adam)
    {
        using var scope = NewDisposeScope();
        var tensors = encoder.StateTensors().Select(t => new KeyValuePair<string, Tensor>("encoder." + t.Key, t.Value)).Concat(adam.State("adam."));
        SafeTensors.Write(path, tensors, new Dictionary<string, string> { ["run"] = JsonSerializer.Serialize(this, Json) });
    }

    /// <summary>Restores encoder and optimizer from a checkpoint and returns its state.</summary>
    /// <exception cref="HandsOffException">The file is broken, or belongs to a run with other options or inputs.</exception>
    public static EncoderRunState Load(string path, EncoderTrainingOptions options, EncoderInputs inputs, Encoder encoder, FlatAdam adam)
    {
        var (tensors, metadata) = SafeTensors.Read(path);
        try
        {
            EncoderRunState? state = null;
            try
            {
                if (metadata.TryGetValue("run", out string? run)) state = JsonSerializer.Deserialize<EncoderRunState>(run, Json);
            }
            catch (JsonException)
            {
            }

            if (state is null) throw new HandsOffException($"{path}: not a checkpoint of 'train encoder'; remove it or name another --out");
            // The time limit may be changed; everything else decides what the steps so far mean.
            if (state.Options with { Minutes = options.Minutes } != options)
                throw HandsOffException.Usage($"{path}: a run with other options began here; give the same options to go on with it, or another --out");
            if (state.Inputs?.Difference(inputs) is { } difference)
                throw HandsOffException.Usage($"{path}: the run here was begun with {difference}; give the same to go on with it, or another --out");
            encoder.LoadStateTensors(tensors.Where(t => t.Key.StartsWith("encoder.", StringComparison.Ordinal)).ToDictionary(t => t.Key["encoder.".Length..], t => t.Value), path);
            adam.Restore(tensors, "adam.", state.Steps, path);
            return state with { Options = options, Inputs = inputs };
        }
        finally
        {
            foreach (var t in tensors.Values) t.Dispose();
        }
    }
}
