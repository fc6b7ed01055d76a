using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace HandsOff.Silo.Tests.Telemetry;

/// <summary>What a run tells those who watch it.</summary>
[Collection(nameof(WatchedAlone))]
public sealed partial class TelemetryTests
{
    [Fact]
    public async Task A_shard_is_a_trace_of_its_own_that_links_to_its_datasets_and_has_a_child_a_stage()
    {
        await using var silo = await WatchedSilo.StartAsync(TimeSpan.Zero);
        using (var caller = new Activity("request").Start())
        {
            caller.ActivityTraceFlags |= ActivityTraceFlags.Recorded;
            await silo.StartAsync("traced", shardSize: 10, samples: 30);
            await silo.CompleteAsync("traced");
            caller.Stop();
            Activity.Current = null;

            var spans = silo.Spans;
            var dataset = Assert.Single(spans, s => s.OperationName == "dataset");
            Assert.Equal(caller.TraceId, dataset.TraceId); // carried through the grain call that started it
            Assert.Equal("complete", dataset.GetTagItem("handsoff.phase"));

            Activity[] shards = [.. spans.Where(s => s.OperationName == "shard")];
            Assert.Equal([0, 1, 2], shards.Select(s => s.GetTagItem("handsoff.shard")).Order());
            Assert.Equal(4, shards.Select(s => s.TraceId).Append(dataset.TraceId).Distinct().Count());
            Assert.All(shards, shard =>
            {
                Assert.Equal(default, shard.ParentSpanId);
                Assert.Equal(dataset.SpanId, Assert.Single(shard.Links).Context.SpanId);
                Assert.Equal("created", shard.GetTagItem("handsoff.outcome"));
                Assert.Equal(64, ((string)shard.GetTagItem("handsoff.digest")!).Length);
                Assert.Equal(32, ((string)shard.GetTagItem("handsoff.attempt")!).Length);
                Activity[] children = [.. spans.Where(s => s.ParentSpanId == shard.SpanId && s.Source.Name == "HandsOff")];
                Assert.Equal(["commit", "encode", "generate", "label", "lease", "upload"], children.Select(c => c.OperationName).Order(StringComparer.Ordinal));
                Assert.All(children, c => Assert.True(c.StartTimeUtc >= shard.StartTimeUtc.AddMilliseconds(-1) && c.StartTimeUtc + c.Duration <= shard.StartTimeUtc + shard.Duration + TimeSpan.FromMilliseconds(1), c.OperationName));
            });
            Assert.DoesNotContain(spans, s => s.ParentSpanId == default && (s.OperationName.EndsWith("/Exchange", StringComparison.Ordinal) || s.OperationName.EndsWith("/Attach", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task Counters_agree_with_what_was_made_and_exist_before_anything_happened()
    {
        await using var silo = await WatchedSilo.StartAsync(TimeSpan.FromMilliseconds(5));
        string before = await silo.MetricsAsync();
        Assert.Equal(0, Sum(before, "handsoff_determinism_violations_total"));
        Assert.Equal(0, Sum(before, "handsoff_store_errors_total"));
        Assert.Equal(0, Sum(before, "handsoff_leases_expired_total"));
        Assert.Equal(0, Sum(before, "handsoff_shards_total", "outcome=\"failed\""));
        Assert.Equal(2, Sum(before, "handsoff_node_state", "state=\"idle\""));

        await silo.StartAsync("counted", shardSize: 10, samples: 95);
        await silo.CompleteAsync("counted");
        await Task.Delay(400, TestContext.Current.CancellationToken); // an answer is kept for 300 ms
        string after = await silo.MetricsAsync();
        Assert.Equal(95, Sum(after, "handsoff_samples_total"));
        Assert.Equal(10, Sum(after, "handsoff_shards_total", "outcome=\"created\""));
        foreach (string stage in new[] { "generate", "label", "encode", "upload", "commit" }) Assert.Equal(10, Sum(after, "handsoff_stage_duration_seconds_count", $"stage=\"{stage}\""));
        Assert.Equal(Sum(after, "handsoff_stage_duration_seconds_sum", "stage=\"generate\""), Sum(after, "handsoff_stage_duration_seconds_sum", "stage=\"label\""), 1e-3);
        Assert.Equal(95, Sum(after, "handsoff_batch_samples_total"));
        Assert.Equal(10, Sum(after, "handsoff_queue_depth", "dataset=\"counted\"", "state=\"committed\""));
        Assert.Equal(0, Sum(after, "handsoff_queue_depth", "dataset=\"counted\"", "state=\"pending\""));
        Assert.Equal(1, Sum(after, "handsoff_dataset_progress", "dataset=\"counted\""));
        Assert.Equal(95, Sum(after, "handsoff_dataset_samples", "state=\"target\""));
        Assert.Equal(1, Sum(after, "handsoff_dataset_phase", "phase=\"complete\""));
        Assert.True(Sum(after, "handsoff_store_bytes_total", "direction=\"write\"") > Sum(after, "handsoff_uploaded_bytes_total"));
        Assert.True(Sum(after, "handsoff_uploaded_bytes_total") > 95 * 500);
        Assert.True(Sum(after, "handsoff_store_duration_seconds_count", "operation=\"commit\"", "outcome=\"ok\"") >= 10);
        Assert.True(Sum(after, "handsoff_disk_available_bytes", "folder=\"store\"") > 0);
        Assert.True(Sum(after, "handsoff_device_memory_bytes", "kind=\"used\"") > 10e6);
        foreach (string node in new[] { "watched/cpu:0", "watched/cpu:1" }) Assert.Equal(1, Sum(after, "handsoff_node_bottleneck", $"node=\"{node}\""));
        Assert.Contains("orleans_app_requests_latency_milliseconds_bucket", after, StringComparison.Ordinal);
        Assert.Contains("dotnet_gc_", after, StringComparison.Ordinal);
        Assert.Matches("target_info\\{[^}]*silo=\"watched\"", after);
        Assert.DoesNotMatch(ShardLabel(), after); // its number would be a series a shard
    }

    /// <summary>Sum over a family's series whose labels contain all of these.</summary>
    private static double Sum(string metrics, string family, params string[] labels)
    {
        var found = metrics.Split('\n').Where(l => (l.StartsWith(family + "{", StringComparison.Ordinal) || l.StartsWith(family + " ", StringComparison.Ordinal)) && labels.All(label => l.Contains(label, StringComparison.Ordinal))).ToArray();
        Assert.True(found.Length > 0, $"no series {family} {string.Join(',', labels)} among {string.Join(", ", metrics.Split('\n').Select(l => l.Split('{', ' ')[0]).Where(n => n.StartsWith("handsoff", StringComparison.Ordinal)).Distinct())}");
        return found.Sum(l => double.Parse(l[(l.LastIndexOf('}') + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture));
    }

    [GeneratedRegex("handsoff[^\\n]*[{,](shard|sample|index|lease)=")]
    private static partial Regex ShardLabel();
}
