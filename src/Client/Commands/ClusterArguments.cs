using System.CommandLine;
using HandsOff.Client.Cluster;
using HandsOff.Client.Settings;
using HandsOff.Core.Catalog;
using HandsOff.Core.Storage;
using HandsOff.Silo.Settings;
using Microsoft.Extensions.Configuration;

namespace HandsOff.Client.Commands;

/// <summary>Which cluster a command means: the same options for all, each also a setting (HandsOff:Redis, HANDSOFF__Redis, ...).</summary>
internal sealed class ClusterArguments
{
    private readonly Option<string?> _redis = new("--redis") { Description = "The cluster's Redis server, HOST:PORT" };
    private readonly Option<string?> _cluster = new("--cluster") { Description = $"The cluster's name ({SiloSettings.DefaultCluster})" };

    /// <summary>The cluster's store.</summary>
    public Option<string?> Store { get; } = new("--store") { Description = "The cluster's store: a folder or az:CONTAINER[/PREFIX]" };

    /// <summary>Adds what a command that calls the cluster needs.</summary>
    public void AddTo(Command command)
    {
        command.Add(_redis);
        command.Add(Store);
        command.Add(_cluster);
    }

    /// <summary>A client of the cluster that the command line and the settings name.</summary>
    /// <exception cref="Core.HandsOffException">They do not name one, or it cannot be reached.</exception>
    public Task<HandsOffClient> ConnectAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var settings = ClientSettings.Load();
        return HandsOffClient.ConnectAsync(
            new HandsOffClientOptions
            {
                Redis = Value(parse, settings, _redis, "Redis") ?? "",
                Store = StoreOf(parse, settings),
                Cluster = Value(parse, settings, _cluster, "Cluster") ?? SiloSettings.DefaultCluster,
                CacheFolder = settings["HandsOff:Silo:Cache"],
            },
            cancellationToken);
    }

    /// <summary>The cluster's store, from the option or the settings; null when neither names one.</summary>
    public string? StoreOf(ParseResult parse, IConfiguration settings) => Value(parse, settings, Store, "Store");

    /// <summary>
    /// The name of a dataset of the cluster's store, when that is what the text means: it can be a name, a store is known, and no folder here is
    /// called so (unless --store was given, which decides).
    /// </summary>
    public string? NameIn(ParseResult parse, IConfiguration settings, string text)
    {
        bool meant = DatasetName.IsValid(text) && StoreOf(parse, settings) is not null;
        return meant && (parse.GetResult(Store) is not null || !Directory.Exists(text)) && !BlobStores.IsAzure(text) ? text : null;
    }

    private static string? Value(ParseResult parse, IConfiguration settings, Option<string?> option, string setting) =>
        parse.GetResult(option) is not null ? parse.GetValue(option) : settings[$"HandsOff:{setting}"];
}
