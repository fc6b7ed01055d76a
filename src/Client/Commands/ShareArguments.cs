using System.CommandLine;
using System.Globalization;
using HandsOff.Core;

namespace HandsOff.Client.Commands;

/// <summary>A dataset's part of the nodes' time, on the command line.</summary>
internal sealed class ShareArguments
{
    private readonly Option<string?> _weight = new("--weight") { Description = "Its part of the nodes' time beside other datasets (1)" };
    private readonly Option<string?> _priority = new("--priority") { Description = "Higher ones are served first (0)" };

    public void AddTo(Command command)
    {
        command.Add(_weight);
        command.Add(_priority);
    }

    public double? Weight(ParseResult parse) => parse.GetValue(_weight) is not { } text ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double weight) ? weight
        : throw HandsOffException.Usage($"--weight '{text}': should be a number over 0");

    public int? Priority(ParseResult parse) => parse.GetValue(_priority) is not { } text ? null
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int priority) ? priority
        : throw HandsOffException.Usage($"--priority '{text}': should be a whole number");
}
