using System.Text.Json;
using HandsOff.Core.Diagnostics;
using HandsOff.Grains.Coordination;

namespace HandsOff.Client.Generating;

/// <summary>What came out of a run.</summary>
internal static class RunSummary
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static void Print(string store, DatasetStatus status, TimeSpan took)
    {
        long made = status.SamplesCommitted - status.SamplesFound;
        Console.WriteLine($"complete: {status.Samples:N0} samples in {status.Shards} shards in {store}");
        if (made > 0)
        {
            Console.WriteLine($"  made now   {made:N0} samples in {ProgressMeter.Text(took)}, {made / Math.Max(took.TotalSeconds, 1e-3):0.0} samples/s{(status.Stages.Bottleneck is not "idle" and var b ? $", {b}-bound" : "")}");
            Console.WriteLine($"  written    {ProgressText.Bytes(status.Bytes)}");
        }

        if (status.SamplesFound > 0) Console.WriteLine($"  there before  {status.SamplesFound:N0} samples in {status.ShardsFound} shards");
        if (status.Rejected > 0 || status.Flagged > 0) Console.WriteLine($"  rejected   {status.Rejected:N0} draws as too uncertain, {status.Flagged:N0} samples kept and flagged");
        if (status.KernelClass.Length > 0) Console.WriteLine($"  kernels    {status.KernelClass}");
        Console.WriteLine($"  check it   handsoff verify {store}");
        Console.WriteLine($"  look at it {Path.Combine(store, "preview.jpg")}");
    }

    public static string Json(string store, DatasetStatus status, TimeSpan took) => JsonSerializer.Serialize(
        new
        {
            Dataset = store,
            State = status.Phase.ToString().ToLowerInvariant(),
            status.Samples,
            status.SamplesCommitted,
            status.Shards,
            status.ShardsCommitted,
            SamplesFound = status.SamplesFound,
            Seconds = Math.Round(took.TotalSeconds, 3),
            SamplesPerSecond = Math.Round((status.SamplesCommitted - status.SamplesFound) / Math.Max(took.TotalSeconds, 1e-3), 2),
            status.Rejected,
            status.Flagged,
            BytesWritten = status.Bytes,
            status.Duplicates,
            status.Stages.Bottleneck,
            status.KernelClass,
        },
        s_json);
}
