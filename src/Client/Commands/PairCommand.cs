using System.CommandLine;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff pair</c>: pack and inspect pairs.</summary>
internal static class PairCommand
{
    public static Command Create() => new("pair", "A generator and a labeler that belong together: pack, amend, inspect.")
    {
        PairPackCommand.Create(),
        PairInspectCommand.Create(),
    };
}
