using HandsOff.Grains.Scheduling;
using Microsoft.Extensions.Logging;

namespace HandsOff.Grains.Diagnostics;

/// <summary>What the grains and nodes log.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "node {Node}: a call to the cluster failed; it is tried again")]
    public static partial void CallFailed(this ILogger log, string node, Exception error);

    [LoggerMessage(2, LogLevel.Warning, "node {Node}: shard {Shard} of {Dataset} failed ({Kind})")]
    public static partial void ShardFailed(this ILogger log, string node, string dataset, int shard, FailureKind kind, Exception error);

    [LoggerMessage(3, LogLevel.Information, "{Dataset}: {Committed} of {Shards} shards have their receipt")]
    public static partial void Opened(this ILogger log, string dataset, int committed, int shards);

    [LoggerMessage(4, LogLevel.Warning, "{Dataset}: shard {Shard} is made again: {Reason}")]
    public static partial void Reopened(this ILogger log, string dataset, int shard, string reason);

    [LoggerMessage(5, LogLevel.Information, "{Dataset}: complete, {Shards} shards")]
    public static partial void Completed(this ILogger log, string dataset, int shards);

    [LoggerMessage(6, LogLevel.Error, "{Dataset}: {Reason}")]
    public static partial void Failed(this ILogger log, string dataset, string reason);
}
