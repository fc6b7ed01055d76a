using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using HandsOff.Core.Labeling;

namespace HandsOff.Core.Datasets;

/// <summary>
/// JSON of dataset files: snake_case, unknown fields refused. Canonical JSON has its names in ordinal order, no
/// white space and the shortest numbers that read back the same, so that equal content is equal bytes.
/// </summary>
internal static class DatasetJson
{
    private static readonly JsonSerializerOptions s_options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new LabelKindsConverter(), new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    private static readonly JsonWriterOptions s_compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonWriterOptions s_indented = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true };

    /// <summary>The value as canonical JSON.</summary>
    public static byte[] Canonical<T>(T value) => Write(Sorted(ToNode(value)), s_compact);

    /// <summary>The value as JSON for people: indented, in declaration order, one line feed at its end.</summary>
    public static byte[] Readable<T>(T value) => [.. Write(ToNode(value), s_indented), (byte)'\n'];

    public static JsonNode? ToNode<T>(T value) => JsonSerializer.SerializeToNode(value, s_options);

    /// <summary>Reads a file's JSON; <paramref name="name"/> is what errors call it.</summary>
    public static T Read<T>(ReadOnlySpan<byte> json, string name)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, s_options) ?? throw new HandsOffException($"{name}: holds null where a JSON object should be");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new HandsOffException($"{name}: not what it should be: {e.Message.ReplaceLineEndings(" ")}", HandsOffException.Failed, e);
        }
    }

    private static byte[] Write(JsonNode? node, JsonWriterOptions options)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, options))
        {
            if (node is null) writer.WriteNullValue();
            else node.WriteTo(writer);
        }

        return buffer.ToArray();
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject o => new JsonObject(o.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, Sorted(p.Value)))),
        JsonArray a => new JsonArray([.. a.Select(Sorted)]),
        _ => node?.DeepClone(),
    };

    private sealed class LabelKindsConverter : JsonConverter<LabelKinds>
    {
        public override LabelKinds Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var kinds = LabelKinds.None;
            if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("labels should be a list");
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) kinds |= LabelNames.Parse(reader.GetString() ?? "");
            return kinds;
        }

        public override void Write(Utf8JsonWriter writer, LabelKinds value, JsonSerializerOptions options)
        {
            writer.WriteStartArray();
            foreach (string name in LabelNames.Of(value)) writer.WriteStringValue(name);
            writer.WriteEndArray();
        }
    }
}
