using System.Text;

namespace HandsOff.Client.Tests.Support;

/// <summary>Stands in for a console stream: what a test's own flow writes goes to that test, all else to where it went before.</summary>
internal sealed class Capture(TextWriter otherwise) : TextWriter
{
    private readonly AsyncLocal<TextWriter?> _mine = new();

    public override Encoding Encoding => otherwise.Encoding;

    private TextWriter Target => _mine.Value ?? otherwise;

    /// <summary>Collects from here on, in this flow and those it starts.</summary>
    public StringWriter Begin()
    {
        var mine = new StringWriter();
        _mine.Value = mine;
        return mine;
    }

    public override void Write(char value) => Target.Write(value);

    public override void Write(string? value) => Target.Write(value);

    public override void Write(char[] buffer, int index, int count) => Target.Write(buffer, index, count);

    public override Task WriteLineAsync(string? value) => Target.WriteLineAsync(value);
}
