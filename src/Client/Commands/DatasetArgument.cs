using System.CommandLine;
using HandsOff.Client.Cluster;
using HandsOff.Client.Settings;
using HandsOff.Core;
using HandsOff.Core.Catalog;
using HandsOff.Core.Datasets;
using HandsOff.Core.Pairs;
using HandsOff.Core.Storage;

namespace HandsOff.Client.Commands;

/// <summary>
/// What commands on an existing dataset share: the dataset (a place, or a name in the cluster's store), and the pair and device to make
/// samples again with, here or on the cluster.
/// </summary>
internal sealed class DatasetArgument
{
    private readonly Argument<string> _dataset = new("dataset") { Description = "A folder, az:CONTAINER/PREFIX, or a name in the cluster's store (--store)" };
    private readonly ClusterArguments _cluster = new();

    private Option<string?> Pair { get; } = new("--pair") { Description = "Where the dataset's pair is, when it is neither under models/ nor in the cluster's library" };

    private Option<string?> Device { get; } = new("--device") { Description = "cpu or cuda (default: cuda when there is one)" };

    private Option<bool> OnCluster { get; } = new("--on-cluster") { Description = "Let the cluster's nodes do it (--redis, --store); the dataset is a name in its store" };

    public Option<bool> Json { get; } = new("--json") { Description = "Print JSON" };

    public void AddTo(Command command, bool pair)
    {
        command.Add(_dataset);
        if (!pair)
        {
            command.Add(_cluster.Store);
            return;
        }

        command.Add(Pair);
        command.Add(Device);
        command.Add(OnCluster);
        _cluster.AddTo(command);
    }

    /// <summary>A client of the cluster whose nodes shall do the work, and the dataset's name there; null when it is done here.</summary>
    /// <exception cref="HandsOffException">The command line does not fit (exit code 2), or the cluster cannot be reached.</exception>
    public async Task<(HandsOffClient Client, string Name)?> ConnectAsync(ParseResult parse, CancellationToken cancel)
    {
        if (!parse.GetValue(OnCluster)) return null;
        string name = NameOnCluster(parse);
        foreach (var option in new Option[] { Pair, Device })
            if (parse.GetResult(option) is not null) throw HandsOffException.Usage($"{option.Name}: does not go with --on-cluster; the nodes take the pair from the cluster's library and use their own devices");
        return (await _cluster.ConnectAsync(parse, cancel), name);
    }

    /// <summary>The dataset's store and what it holds.</summary>
    public async Task<DatasetState> OpenAsync(ParseResult parse, CancellationToken cancel)
    {
        string text = parse.GetRequiredValue(_dataset);
        var settings = ClientSettings.Load();
        string? name = parse.GetResult(OnCluster) is not null && parse.GetValue(OnCluster) ? NameOnCluster(parse) : _cluster.NameIn(parse, settings, text);
        if (name is null)
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

    private string NameOnCluster(ParseResult parse)
    {
        string text = parse.GetRequiredValue(_dataset);
        if (!DatasetName.IsValid(text)) throw HandsOffException.Usage($"--on-cluster: '{text}' is no name of a dataset in the cluster's store");
        if (_cluster.StoreOf(parse, ClientSettings.Load()) is null) throw HandsOffException.Usage("--on-cluster: --store is needed: the cluster's store, a folder or az:CONTAINER[/PREFIX] (or the setting HandsOff:Store, HANDSOFF__Store)");
        return text;
    }
}
