using HandsOff.Core;
using HandsOff.Silo.Settings;

namespace HandsOff.Client.Cluster;

/// <summary>Which cluster a <see cref="HandsOffClient"/> talks to, and how patient it is.</summary>
public sealed record HandsOffClientOptions
{
    /// <summary>The Redis server through which silos find each other: HOST:PORT, or a StackExchange.Redis connection string.</summary>
    public required string Redis { get; init; }

    /// <summary>The cluster's name: several may share a Redis server.</summary>
    public string Cluster { get; init; } = SiloSettings.DefaultCluster;

    /// <summary>The cluster's store: a folder or <c>az:CONTAINER[/PREFIX]</c>; the very one its silos were given. Null: only nodes can be asked about.</summary>
    public string? Store { get; init; }

    /// <summary>Where pairs fetched from the store are kept; null: where the silos of this machine keep theirs.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>How long <see cref="HandsOffClient.ConnectAsync"/> looks for a silo.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one call waits for its answer before it is repeated.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a call is repeated while the cluster does not answer.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a watch goes on without an answer: longer, since clusters are restarted.</summary>
    public TimeSpan WatchPatience { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often a watch looks.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Throws one clear line for the first setting that cannot be.</summary>
    /// <exception cref="HandsOffException">Exit code 2.</exception>
    public void Validate()
    {
        if (string.IsNullOrWhiteSpace(Redis)) throw HandsOffException.Usage("--redis is needed: HOST:PORT of the Redis server that the cluster's silos use (or the setting HandsOff:Redis, HANDSOFF__Redis)");
        if (string.IsNullOrWhiteSpace(Cluster)) throw HandsOffException.Usage("--cluster: the cluster's name is empty");
        foreach (var (name, value) in new[] { (nameof(ConnectTimeout), ConnectTimeout), (nameof(ResponseTimeout), ResponseTimeout), (nameof(Patience), Patience), (nameof(WatchPatience), WatchPatience), (nameof(PollInterval), PollInterval) })
            if (value <= TimeSpan.Zero) throw HandsOffException.Usage($"{name} {value}: should be over 0");
    }
}
