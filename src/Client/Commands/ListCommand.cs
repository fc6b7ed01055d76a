using System.CommandLine;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff list</c>: the datasets of a cluster.</summary>
internal static class ListCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var cluster = new ClusterArguments();
        var command = new Command("list", "Show the datasets of the cluster's store, finished or not.") { json };
        cluster.AddTo(command);
        command.SetAction(async (parse, cancel) =>
        {
            await using var client = await cluster.ConnectAsync(parse, cancel);
            var all = await client.ListAsync(cancel);
            if (parse.GetValue(json)) JsonOutput.Print(all.Select(d => StatusView.Of(d.Name, d.Status)));
            else foreach (var (name, status) in all) Console.WriteLine(StatusText.Line(name, status));
            if (all.Count == 0 && !parse.GetValue(json)) Console.WriteLine("no datasets");
            return 0;
        });
        return command;
    }
}
