using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>How protocols and records are spelt.</summary>
internal static class ExperimentJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The settings with a variant's differences merged over them.</summary>
    /// <exception cref="HandsOffException">A name that the settings do not have, or a value of another kind.</exception>
    public static ExperimentSettings Merge(ExperimentSettings settings, ProtocolVariant variant, string where)
    {
        var node = JsonSerializer.SerializeToNode(settings, Options)!.AsObject();
        Merge(node, variant.Settings);
        try
        {
            return node.Deserialize<ExperimentSettings>(Options)!.Validate($"{where}: variant '{variant.Name}'");
        }
        catch (JsonException e)
        {
            throw HandsOffException.Usage($"{where}: variant '{variant.Name}': {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    private static void Merge(JsonObject into, JsonObject from)
    {
        foreach (var (name, value) in from)
        {
            if (value is JsonObject part && into[name] is JsonObject existing) Merge(existing, part);
            else into[name] = value?.DeepClone();
        }
    }
}
