namespace HandsOff.Cluster.Tests.Proxy;

/// <summary>An HTTP/1.1 message as it came: its head's bytes (with the empty line) and its body's (with chunk marks, if it is chunked).</summary>
internal sealed record HttpText(byte[] Head, string StartLine, IReadOnlyList<(string Name, string Value)> Headers, byte[] Body)
{
    /// <summary>A request's method.</summary>
    public string Method => StartLine[..StartLine.IndexOf(' ', StringComparison.Ordinal)];

    /// <summary>A request's path and query.</summary>
    public string Target => StartLine.Split(' ')[1];

    /// <summary>An answer's status code.</summary>
    public int Status => int.Parse(StartLine.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The first header of that name, or null.</summary>
    public string? Header(string name) => Headers.Where(h => string.Equals(h.Name, name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value).FirstOrDefault();
}
