using System.CommandLine;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff drain</c>: takes a node out of work before its machine goes.</summary>
internal static class DrainCommand
{
    public static Command Create()
    {
        var node = new Argument<string>("node") { Description = "SILO/DEVICE as 'handsoff nodes' shows it, or a silo: all its devices" };
        var undo = new Option<bool>("--undo") { Description = "Take work again" };
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var cluster = new ClusterArguments();
        var command = new Command("drain", "Let a node finish what it has and take nothing new.") { node, undo, json };
        cluster.AddTo(command);
        command.SetAction(async (parse, cancel) =>
        {
            await using var client = await cluster.ConnectAsync(parse, cancel);
            var told = await client.DrainAsync(parse.GetRequiredValue(node), parse.GetValue(undo), cancel);
            if (parse.GetValue(json)) JsonOutput.Print(new { Nodes = told, Draining = !parse.GetValue(undo) });
            else Console.WriteLine($"{string.Join(", ", told)}: {(parse.GetValue(undo) ? "takes work again" : "finishes what it has and takes nothing new")}");
            return 0;
        });
        return command;
    }
}
