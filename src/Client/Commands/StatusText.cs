using System.Globalization;
using HandsOff.Client.Generating;
using HandsOff.Grains.Coordination;

namespace HandsOff.Client.Commands;

/// <summary>A dataset's figures in words.</summary>
internal static class StatusText
{
    /// <summary>One line.</summary>
    public static string Line(string name, DatasetStatus status) => string.Create(
        CultureInfo.InvariantCulture,
        $"{name}: {Word(status.Phase)}, {ProgressText.Done(status):N0} of {status.Samples:N0} samples, {status.ShardsCommitted:N0} of {status.Shards:N0} shards{(status.Message.Length > 0 ? $"; {status.Message}" : "")}");

    /// <summary>All that is worth saying, line by line.</summary>
    public static IEnumerable<string> Lines(string name, DatasetStatus status)
    {
        yield return Line(name, status);
        yield return $"  store      {status.Dataset}";
        if (!status.IsOver) yield return string.Create(CultureInfo.InvariantCulture, $"  shards     {status.ShardsLeased} in work, {status.ShardsPending} waiting; weight {status.Weight}, priority {status.Priority}");
        if (status.Stages.Bottleneck is not "idle" and var bottleneck) yield return $"  bound by   {bottleneck}";
        if (status.Bytes > 0) yield return $"  written    {ProgressText.Bytes(status.Bytes)}";
        if (status.Rejected > 0 || status.Flagged > 0) yield return $"  rejected   {status.Rejected:N0} draws as too uncertain, {status.Flagged:N0} samples kept and flagged";
        if (status.Duplicates > 0 || status.LeasesExpired > 0) yield return $"  faults     {status.LeasesExpired:N0} leases expired, {status.Duplicates:N0} equal shards made twice";
        if (status.KernelClass.Length > 0) yield return $"  kernels    {status.KernelClass}";
        foreach (var shard in status.Poison) yield return $"  set aside  shard {shard.Shard}: {shard.Error}";
        foreach (string node in status.Quarantined) yield return $"  avoided    node {node}: it failed or fell silent again and again";
    }

    public static string Word(DatasetPhase phase) => phase.ToString().ToLowerInvariant();
}
