using System.CommandLine;
using HandsOff.Core.Datasets;
using HandsOff.Core.Storage;

namespace HandsOff.Client.Commands;

/// <summary>What commands on an existing dataset share: the dataset, and the pair and device to make samples again with.</summary>
internal sealed class DatasetArgument
{
    private readonly Argument<string> _dataset = new("dataset") { Description = "A folder, or az:CONTAINER/PREFIX" };

    public Option<string?> Pair { get; } = new("--pair") { Description = "Where the dataset's pair is, when it is not under models/" };

    public Option<string?> Device { get; } = new("--device") { Description = "cpu or cuda (default: cuda when there is one)" };

    public Option<bool> Json { get; } = new("--json") { Description = "Print JSON" };

    public void AddTo(Command command, bool pair)
    {
        command.Add(_dataset);
        if (!pair) return;
        command.Add(Pair);
        command.Add(Device);
    }

    /// <summary>The dataset's store and what it holds.</summary>
    public async Task<DatasetState> OpenAsync(ParseResult parse, CancellationToken cancel) =>
        await DatasetState.OpenAsync(await BlobStores.OpenAsync(parse.GetValue(_dataset)!, create: false, cancel), cancel);
}
