using System.CommandLine;
using HandsOff.Client.Cluster;
using HandsOff.Core;
using HandsOff.Grains.Coordination;

namespace HandsOff.Client.Commands;

/// <summary>Commands on one dataset of a cluster that only ask it or tell it something: status, watch, pause, resume, cancel, prioritise.</summary>
internal static class DatasetCommands
{
    public static IEnumerable<Command> Create() =>
    [
        Make("status", "Show how far a dataset of the cluster is.", (client, name, _, cancel) => client.StatusAsync(name, cancel), details: true),
        Watch(),
        Make("pause", "Begin no further shard of a dataset until it is resumed; what is in hand is finished.", (client, name, _, cancel) => client.PauseAsync(name, cancel)),
        Make("resume", "Go on with a paused or failed dataset.", (client, name, _, cancel) => client.ResumeAsync(name, cancel)),
        Make("cancel", "Give a dataset up for good; what is committed stays.", (client, name, _, cancel) => client.CancelAsync(name, cancel)),
        Prioritise(),
    ];

    private static Command Prioritise()
    {
        var share = new ShareArguments();
        var command = Make(
            "prioritise",
            "Change a dataset's part of the nodes' time.",
            (client, name, parse, cancel) =>
            {
                var (weight, priority) = (share.Weight(parse), share.Priority(parse));
                if (weight is null && priority is null) throw HandsOffException.Usage("prioritise: --weight, --priority or both are needed");
                return client.ReprioritiseAsync(name, weight, priority, cancel);
            },
            details: true);
        command.Aliases.Add("prioritize");
        share.AddTo(command);
        return command;
    }

    private static Command Watch()
    {
        var (name, json, cluster) = (Name(), Json(), new ClusterArguments());
        var command = new Command("watch", "Follow a dataset of the cluster to its end, whatever happens to silos meanwhile.") { name, json };
        cluster.AddTo(command);
        command.SetAction(async (parse, cancel) =>
        {
            string dataset = Core.Catalog.DatasetName.Check(parse.GetRequiredValue(name));
            await using var client = await cluster.ConnectAsync(parse, cancel);
            return await new WatchJob(client, dataset, parse.GetValue(json), TimeProvider.System).RunAsync(cancel);
        });
        return command;
    }

    private static Command Make(
        string verb, string description, Func<HandsOffClient, string, ParseResult, CancellationToken, Task<DatasetStatus>> run, bool details = false)
    {
        var (name, json, cluster) = (Name(), Json(), new ClusterArguments());
        var command = new Command(verb, description) { name, json };
        cluster.AddTo(command);
        command.SetAction(async (parse, cancel) =>
        {
            string dataset = Core.Catalog.DatasetName.Check(parse.GetRequiredValue(name));
            await using var client = await cluster.ConnectAsync(parse, cancel);
            var status = await run(client, dataset, parse, cancel);
            if (parse.GetValue(json)) JsonOutput.Print(StatusView.Of(dataset, status));
            else foreach (string line in details ? StatusText.Lines(dataset, status) : [StatusText.Line(dataset, status)]) Console.WriteLine(line);
            return 0;
        });
        return command;
    }

    private static Argument<string> Name() => new("name") { Description = "The dataset's name in the cluster's store" };

    private static Option<bool> Json() => new("--json") { Description = "Print JSON" };
}
