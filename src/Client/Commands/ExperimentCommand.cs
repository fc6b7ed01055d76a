using System.CommandLine;
using HandsOff.Core;
using HandsOff.Core.Evaluation.Experiments;
using TorchSharp;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff experiment</c>: runs a declared protocol, and draws what came out.</summary>
internal static class ExperimentCommand
{
    public static Command Create() => new("experiment", "Compare ways to a trained network, by a declared protocol.") { Run(), Report() };

    private static Command Run()
    {
        var file = new Argument<string>("PROTOCOL") { Description = "A protocol (experiments/*.json)" };
        var work = new Option<string>("--work") { Description = "Folder of the stages; the same folder goes on, and protocols may share it", Required = true };
        var output = new Option<string>("--out") { Description = "Folder of the record, tables and pictures", Required = true };
        var lpips = new Option<string?>("--lpips") { Description = "LPIPS weights, a file or folder (default the installed ones)" };
        var threads = new Option<int?>("--threads") { Description = "CPU threads (default all)" };
        var device = new Option<string?>("--device") { Description = "cpu or cuda (default cuda when there is one)" };
        var command = new Command("run", "Run a protocol; what was done already is not done again. Writes NAME.json, NAME.md, NAME.png and NAME-failures.png.") { file, work, output, lpips, threads, device };
        command.SetAction((parse, cancel) => Task.Factory.StartNew(
            () =>
            {
                if (parse.GetValue(threads) is { } n) torch.set_num_threads(n >= 1 ? n : throw HandsOffException.Usage($"--threads is {n}; it must be 1 or more"));
                var protocol = Protocol.Read(parse.GetRequiredValue(file));
                var (record, failures) = ExperimentRunner.Run(protocol, parse.GetRequiredValue(work), parse.GetValue(lpips), DeviceChoice.Of(parse.GetValue(device)), Console.WriteLine, cancel: cancel);
                string folder = parse.GetRequiredValue(output);
                Directory.CreateDirectory(folder);
                record.Write(Path.Combine(folder, protocol.Name + ".json"));
                if (failures is not null) File.Copy(failures, Path.Combine(folder, protocol.Name + "-failures.png"), overwrite: true);
                Page(record, folder);
                return 0;
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        return command;
    }

    private static Command Report()
    {
        var files = new Argument<string[]>("RECORD") { Description = "Records of experiment run", Arity = ArgumentArity.OneOrMore };
        var command = new Command("report", "Write the tables and the picture of records again, beside them.") { files };
        command.SetAction(parse =>
        {
            foreach (string file in parse.GetRequiredValue(files)) Page(ExperimentRecord.Read(file), Path.GetDirectoryName(Path.GetFullPath(file))!);
            return 0;
        });
        return command;
    }

    private static void Page(ExperimentRecord record, string folder)
    {
        string name = Path.Combine(folder, record.Protocol.Name);
        File.WriteAllText(name + ".md", ExperimentTables.Markdown(record));
        ExperimentCharts.Draw(record, name + ".png");
        Console.WriteLine($"{name}.json, .md, .png");
    }
}
