using System.Collections.Immutable;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Scheduling;

namespace HandsOff.Client.Commands;

/// <summary>A dataset's figures as <c>--json</c> prints them.</summary>
internal sealed record StatusView(
    string Name,
    string Dataset,
    DatasetPhase Phase,
    string Message,
    long Samples,
    long SamplesCommitted,
    long SamplesInFlight,
    int Shards,
    int ShardsCommitted,
    int ShardsLeased,
    int ShardsPending,
    double Weight,
    int Priority,
    long Rejected,
    long Flagged,
    long BytesWritten,
    long Duplicates,
    long LeasesExpired,
    int Backups,
    string Bottleneck,
    string KernelClass,
    ImmutableArray<PoisonShard> Poison,
    ImmutableArray<string> Quarantined)
{
    public static StatusView Of(string name, DatasetStatus s) => new(
        name, s.Dataset, s.Phase, s.Message, s.Samples, s.SamplesCommitted, s.SamplesInFlight, s.Shards, s.ShardsCommitted, s.ShardsLeased, s.ShardsPending,
        s.Weight, s.Priority, s.Rejected, s.Flagged, s.Bytes, s.Duplicates, s.LeasesExpired, s.Backups, s.Stages.Bottleneck, s.KernelClass, s.Poison, s.Quarantined);
}
