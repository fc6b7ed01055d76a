using Microsoft.Extensions.Logging;

namespace HandsOff.Silo.Clustering;

/// <summary>What a silo logs about its cluster.</summary>
internal static partial class Log
{
    [LoggerMessage(101, LogLevel.Warning, "silo {Silo} ({Address}) is dead: its shards are given to others")]
    public static partial void SiloDied(this ILogger log, string silo, string address);

    [LoggerMessage(102, LogLevel.Warning, "the death of silo {Silo} could not be told; it is tried again, else its leases run out")]
    public static partial void DeathNotTold(this ILogger log, string silo, Exception error);

    [LoggerMessage(103, LogLevel.Warning, "dataset {Dataset}: its coordinator does not answer; asked again in a while")]
    public static partial void CoordinatorSilent(this ILogger log, string dataset, Exception error);

    [LoggerMessage(104, LogLevel.Warning, "the catalog of datasets cannot be read: {Reason}; read again in a while")]
    public static partial void CatalogUnread(this ILogger log, string reason);
}
