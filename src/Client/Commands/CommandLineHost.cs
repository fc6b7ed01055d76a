using System.CommandLine;
using HandsOff.Silo.Commands;

namespace HandsOff.Client.Commands;

/// <summary>The <c>handsoff</c> command line: its commands.</summary>
public static class CommandLineHost
{
    /// <summary>Runs the command line: 0 done, 1 failed, 2 wrong usage.</summary>
    public static Task<int> RunAsync(string[] args) => CommandRunner.RunAsync(Root(), "handsoff", args);

    internal static RootCommand Root()
    {
        var root = new RootCommand("HandsOff: from fewer than fifty labelled photographs to a labelled image dataset of any size.");
        // One line a command, in the order of the help.
        root.Add(GenerateCommand.Create());
        root.Add(ExtendCommand.Create());
        root.Add(SubmitCommand.Create());
        root.Add(ListCommand.Create());
        foreach (var command in DatasetCommands.Create()) root.Add(command);
        root.Add(NodesCommand.Create());
        root.Add(DrainCommand.Create());
        root.Add(KeyCommand.Create());
        root.Add(SiloCommand.Create());
        root.Add(ScenesCommand.Create());
        root.Add(FacesCommand.Create());
        root.Add(TrainCommand.Create());
        root.Add(InvertCommand.Create());
        root.Add(ImportCommand.Create());
        root.Add(LpipsCommand.Create());
        root.Add(PairCommand.Create());
        root.Add(VerifyCommand.Create());
        root.Add(RepairCommand.Create());
        root.Add(SampleCommand.Create());
        root.Add(PreviewCommand.Create());
        root.Add(ExportCommand.Create());
        root.Add(EvaluateCommand.Create());
        root.Add(ExperimentCommand.Create());
        return root;
    }
}
