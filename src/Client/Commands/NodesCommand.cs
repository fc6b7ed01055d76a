using System.CommandLine;
using System.Globalization;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff nodes</c>: the devices of a cluster.</summary>
internal static class NodesCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var cluster = new ClusterArguments();
        var command = new Command("nodes", "Show the cluster's nodes (a device of a silo each) and what they do.") { json };
        cluster.AddTo(command);
        command.SetAction(async (parse, cancel) =>
        {
            await using var client = await cluster.ConnectAsync(parse, cancel);
            var all = await client.NodesAsync(cancel);
            if (parse.GetValue(json)) JsonOutput.Print(all);
            else foreach (var n in all) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{n.Node}: {n.State.ToString().ToLowerInvariant()}, {n.Shards} shards in work, {n.ShardsDone:N0} shards and {n.SamplesDone:N0} samples done{(n.LastError.Length > 0 ? $"; last error: {FirstLine(n.LastError)}" : "")}"));
            if (all.Count == 0 && !parse.GetValue(json)) Console.WriteLine("no nodes");
            return 0;
        });
        return command;
    }

    private static string FirstLine(string error) => error.ReplaceLineEndings("\n").Split('\n')[0];
}
