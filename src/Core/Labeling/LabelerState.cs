using System.Text.Json;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Labeling;

/// <summary>
/// A labeler's weights as trained and stored (float32, CPU): per head and member the tensors of
/// <c>Linear, ReLU, BN, Linear, ReLU, BN, Linear</c> named <c>{head}.member{m}.layers.{0,2,3,5,6}.*</c>. Owns its tensors.
/// </summary>
public sealed class LabelerState : IDisposable
{
    private const string Format = "handsoff-labeler/1";
    private readonly Dictionary<string, Tensor> _tensors;

    /// <summary>Takes the tensors over (also when it throws).</summary>
    /// <exception cref="HandsOffException">A tensor is missing, of another shape, or not finite.</exception>
    public LabelerState(LabelerConfig config, Dictionary<string, Tensor> tensors, string where = "labeler")
    {
        Config = config;
        _tensors = tensors;
        try
        {
            config.Validate(where);
            Check(where);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public LabelerConfig Config { get; }

    /// <summary>The tensor of a head's member; owned by this object.</summary>
    public Tensor Of(HeadConfig head, int member, string key) => _tensors[MlpLayout.Key(head.Name, member, key)];

    /// <summary>Reads and validates <c>labeler.safetensors</c>.</summary>
    /// <exception cref="HandsOffException">Unreadable, another format, wrong shapes, NaN or infinite weights.</exception>
    public static LabelerState Load(string path)
    {
        var (tensors, metadata) = SafeTensors.Read(path);
        try
        {
            if (metadata.GetValueOrDefault("format") != Format)
                throw new HandsOffException($"{path}: not a labeler: its format is '{metadata.GetValueOrDefault("format")}', '{Format}' would be right");
            var config = JsonSerializer.Deserialize<LabelerConfig>(metadata.GetValueOrDefault("config") ?? "", LabelJson.Compact)
                ?? throw new HandsOffException($"{path}: its metadata has no labeler configuration");
            return new LabelerState(config, tensors, path);
        }
        catch (Exception e)
        {
            foreach (var t in tensors.Values) t.Dispose();
            if (e is JsonException or NotSupportedException) throw new HandsOffException($"{path}: its labeler configuration is not readable JSON: {e.Message}", inner: e);
            throw;
        }
    }

    /// <summary>Writes <c>labeler.safetensors</c>; equal content gives equal bytes.</summary>
    public void Save(string path) => SafeTensors.Write(path, _tensors, new Dictionary<string, string>
    {
        ["format"] = Format,
        ["config"] = JsonSerializer.Serialize(Config, LabelJson.Compact),
    });

    /// <summary>Untrained weights (normal, 0.02 times, batch norms at identity), the same for the same seed. For tests and trial runs.</summary>
    public static LabelerState Random(LabelerConfig config, ulong seed)
    {
        config.Validate();
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var random = new Generator(seed, CPU);
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var head in config.Heads)
            for (int m = 0; m < config.Members; m++)
                foreach (var (key, shape) in MlpLayout.Tensors(config.Features, head.Hidden1, head.Hidden2, head.Outputs(config.Schema)))
                {
                    var value = shape.Length == 2 ? randn(shape, generator: random).Times(key == "layers.6.weight" ? 0.3 : Math.Sqrt(2.0 / shape[1]))
                        : key.EndsWith("running_var", StringComparison.Ordinal) || (key.EndsWith(".weight", StringComparison.Ordinal) && shape.Length == 1) ? ones(shape)
                        : zeros(shape);
                    tensors[MlpLayout.Key(head.Name, m, key)] = value.DetachFromDisposeScope();
                }

        return new LabelerState(config, tensors);
    }

    public void Dispose()
    {
        foreach (var t in _tensors.Values) t.Dispose();
    }

    private void Check(string where)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var head in Config.Heads)
            for (int m = 0; m < Config.Members; m++)
                foreach (var (key, shape) in MlpLayout.Tensors(Config.Features, head.Hidden1, head.Hidden2, head.Outputs(Config.Schema)))
                {
                    string name = MlpLayout.Key(head.Name, m, key);
                    known.Add(name);
                    if (!_tensors.TryGetValue(name, out var tensor)) throw new HandsOffException($"{where}: tensor '{name}' is missing");
                    if (!tensor.shape.SequenceEqual(shape))
                        throw new HandsOffException($"{where}: tensor '{name}' has shape [{string.Join(", ", tensor.shape)}], [{string.Join(", ", shape)}] would be right");
                    if (tensor.dtype != ScalarType.Float32) throw new HandsOffException($"{where}: tensor '{name}' is {tensor.dtype}, Float32 would be right");
                    if (!tensor.isfinite().all().item<bool>()) throw new HandsOffException($"{where}: tensor '{name}' holds NaN or infinite weights; train or copy it again");
                }

        if (_tensors.Keys.FirstOrDefault(k => !known.Contains(k)) is { } unknown) throw new HandsOffException($"{where}: tensor '{unknown}' belongs to no head or member");
    }
}
