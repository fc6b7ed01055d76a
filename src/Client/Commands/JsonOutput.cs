using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace HandsOff.Client.Commands;

/// <summary>What <c>--json</c> prints: snake_case, one document on standard output.</summary>
internal static class JsonOutput
{
    private static readonly JsonSerializerOptions s_options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    private static readonly JsonSerializerOptions s_line = new(s_options) { WriteIndented = false };

    public static void Print<T>(T value) => Console.WriteLine(JsonSerializer.Serialize(value, s_options));

    /// <summary>As one line: for values that follow each other.</summary>
    public static string Line<T>(T value) => JsonSerializer.Serialize(value, s_line);
}
