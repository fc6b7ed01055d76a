using System.CommandLine;
using HandsOff.Client.Cluster;
using HandsOff.Client.Settings;
using HandsOff.Core;
using HandsOff.Core.Datasets;
using HandsOff.Core.Pairs;
using HandsOff.Core.Storage;

namespace HandsOff.Client.Commands;

/// <summary>
/// What commands on an existing dataset share: the dataset (a place, or a name in the cluster's store), and the pair and device to make
/// samples again with.
/// </summary>
internal sealed class DatasetArgument
{
    private readonly Argument<string> _dataset = new("dataset") { Description = "A folder, az:CONTAINER/PREFIX, or a name in the cluster's store (--store)" };
    private readonly ClusterArguments _cluster = new();

    private Option<string?> Pair { get; } = new("--pair") { Description = "Where the dataset's pair is, when it is neither under models/ nor in the cluster's library" };

    private Option<string?> Device { get; } = new("--device") { Description = "cpu or cuda (default: cuda when there is one)" };

    public Option<bool> Json { get; } = new("--json") { Description = "Print JSON" };

    public void AddTo(Command command, bool pair)
    {
        command.Add(_dataset);
        command.Add(_cluster.Store);
        if (!pair) return;
        command.Add(Pair);
        command.Add(Device);
    }

    /// <summary>The dataset's store and what it holds.</summary>
    public async Task<DatasetState> OpenAsync(ParseResult parse, CancellationToken cancel)
    {
        string text = parse.GetRequiredValue(_dataset);
        var settings = ClientSettings.Load();
        if (_cluster.NameIn(parse, settings, text) is not { } name)
            return await DatasetState.OpenAsync(await BlobStores.OpenAsync(text, create: false, cancel), cancel);
        var root = await BlobStores.OpenAsync(_cluster.StoreOf(parse, settings)!, create: false, cancel);
        return await DatasetState.OpenAsync(new PrefixStore(root, name), cancel);
    }

    /// <summary>The engine that makes the dataset's samples again: its pair from where --pair says, from models/, or from the cluster's library.</summary>
    public async Task<PairEngine> OpenEngineAsync(ParseResult parse, DatasetState state, CancellationToken cancel)
    {
        var device = DeviceChoice.Of(parse.GetValue(Device));
        var settings = ClientSettings.Load();
        try
        {
            return await PairRequests.OpenForAsync(state, parse.GetValue(Pair), device, cancel);
        }
        catch (HandsOffException) when (parse.GetValue(Pair) is null && _cluster.StoreOf(parse, settings) is not null)
        {
            var root = await BlobStores.OpenAsync(_cluster.StoreOf(parse, settings)!, create: false, cancel);
            var pair = await ClusterPairs.Library(root, settings["HandsOff:Silo:Cache"]).GetAsync(state.Request.Pair.Digest, cancel);
            return await PairRequests.OpenForAsync(state, pair.Folder, device, cancel);
        }
    }
}
