namespace HandsOff.Core.Datasets.Export;

/// <summary>Cells of comma-separated values (RFC 4180).</summary>
internal static class Csv
{
    /// <summary>The text, in quotes where it must be.</summary>
    public static string Cell(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
