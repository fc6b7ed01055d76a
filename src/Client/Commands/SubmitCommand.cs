using System.CommandLine;
using System.Globalization;
using HandsOff.Client.Cluster;
using HandsOff.Client.Settings;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff submit</c>: asks a cluster for a dataset.</summary>
internal static class SubmitCommand
{
    private const string Section = "Submit";

    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "What the dataset shall be called: its folder in the cluster's store" };
        var request = new RequestArguments();
        var cluster = new ClusterArguments();
        var share = new ShareArguments();
        var watch = new Option<bool>("--watch") { Description = "Follow it to its end" };
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var command = new Command("submit", "Ask a cluster for a dataset; the same command again changes nothing.") { name };
        request.AddTo(command);
        share.AddTo(command);
        foreach (Option option in new Option[] { watch, json }) command.Add(option);
        cluster.AddTo(command);
        command.SetAction(async (parse, cancel) =>
        {
            var asked = request.Parse(parse, ClientSettings.Load(), Section);
            var submission = new DatasetSubmission
            {
                Name = Core.Catalog.DatasetName.Check(parse.GetRequiredValue(name)),
                Pair = asked.Pair,
                Samples = asked.Samples,
                Options = asked.Options,
                Weight = share.Weight(parse),
                Priority = share.Priority(parse),
            };
            await using var client = await cluster.ConnectAsync(parse, cancel);
            var status = await client.SubmitAsync(submission, cancel);
            if (parse.GetValue(watch)) return await new WatchJob(client, submission.Name, parse.GetValue(json), TimeProvider.System).RunAsync(cancel);
            if (parse.GetValue(json)) JsonOutput.Print(StatusView.Of(submission.Name, status));
            else Console.WriteLine(StatusText.Line(submission.Name, status));
            if (!status.IsOver && (await client.NodesAsync(cancel)).Count == 0) await Console.Error.WriteLineAsync("note: the cluster has no node yet; the work begins when one joins");
            return 0;
        });
        return command;
    }
}
