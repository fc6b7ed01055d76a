using System.CommandLine;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff train</c>: the networks of a pair, one subcommand each.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var train = new Command("train", "Train the networks of a pair.");
        train.Add(TrainGanCommand.Create());
        train.Add(TrainEncoderCommand.Create());
        train.Add(TrainLabelerCommand.Create());
        return train;
    }
}
