using HandsOff.Core.Diagnostics;
using HandsOff.Grains.Coordination;

namespace HandsOff.Client.Generating;

/// <summary>The words of a status.</summary>
internal static class ProgressText
{
    public static long Done(DatasetStatus status) => Math.Min(status.Samples, status.SamplesCommitted + status.SamplesInFlight);

    /// <summary>Samples/s, shards, rejected samples, bottleneck and time left.</summary>
    public static string Figures(DatasetStatus status, ProgressRate rate)
    {
        var parts = new List<string> { $"{rate.PerSecond:0.0} samples/s", $"shards {status.ShardsCommitted}/{status.Shards}" };
        if (status.Rejected > 0) parts.Add($"{status.Rejected:N0} rejected");
        if (status.Phase == DatasetPhase.Finalizing) parts.Add("reading back");
        else if (status.Phase == DatasetPhase.Paused) parts.Add("paused");
        else if (status.Stages.Bottleneck is not "idle" and var bottleneck) parts.Add($"{bottleneck}-bound");
        if (rate.Left(status.Samples - Done(status)) is { } left && left > TimeSpan.Zero) parts.Add($"{ProgressMeter.Text(left)} left");
        if (status.Message.Length > 0) parts.Add(status.Message);
        return string.Join("  ", parts);
    }

    public static string Bytes(long bytes) => bytes switch
    {
        >= 1L << 30 => $"{bytes / (double)(1L << 30):0.00} GiB",
        >= 1L << 20 => $"{bytes / (double)(1L << 20):0.0} MiB",
        _ => $"{bytes / 1024.0:0.0} KiB",
    };
}
