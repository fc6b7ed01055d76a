using System.Diagnostics;
using System.Diagnostics.Metrics;
using HandsOff.Core.Storage;

namespace HandsOff.Grains.Diagnostics;

/// <summary>Latency, outcomes and bytes of what the silo asks of its stores.</summary>
public sealed class StoreMeter
{
    private static readonly InstrumentAdvice<double> s_buckets = new() { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] };

    private static readonly string[] s_operations = [.. Enum.GetNames<StoreOperation>().Select(n => n.ToLowerInvariant())];

    private readonly Histogram<double> _seconds;
    private readonly Counter<long> _bytes, _errors;
    private readonly TimeProvider _time;

    public StoreMeter(IMeterFactory factory, TimeProvider time)
    {
        _time = time;
        var meter = factory.Create(HandsOffMeter.Name);
        _seconds = meter.CreateHistogram("handsoff.store.duration", "s", "Seconds of a store's operation, its retries included, by operation and outcome: ok, refused (a create-only or conditional write came second), error.", advice: s_buckets);
        _bytes = meter.CreateCounter<long>("handsoff.store.bytes", "By", "Bytes to and from stores, by direction: write, read.");
        _errors = meter.CreateCounter<long>("handsoff.store.errors", "{error}", "Operations that failed after their retries, by operation.");
        meter.CreateObservableCounter("handsoff.store.retries", () => StoreRetries.Count, "{retry}", "Requests sent again because the store did not answer or refused for a while.");
    }

    /// <summary>Operations that exist before they are first used, so that the first error is seen as a rise.</summary>
    internal void Begin()
    {
        foreach (string operation in s_operations) _errors.Add(0, new KeyValuePair<string, object?>("operation", operation));
        foreach (string direction in new[] { "write", "read" }) _bytes.Add(0, new KeyValuePair<string, object?>("direction", direction));
    }

    /// <summary>The same store, measured.</summary>
    public IBlobStore Measure(IBlobStore store) => new MeteredStore(store, this);

    internal void Bytes(string direction, long count) => _bytes.Add(count, new KeyValuePair<string, object?>("direction", direction));

    internal async Task<T> RunAsync<T>(StoreOperation operation, Func<Task<T>> call, Func<T, string>? outcome = null)
    {
        long start = _time.GetTimestamp();
        string end = "error";
        try
        {
            var result = await call();
            end = outcome?.Invoke(result) ?? "ok";
            return result;
        }
        catch (OperationCanceledException)
        {
            end = "cancelled";
            throw;
        }
        finally
        {
            var by = new KeyValuePair<string, object?>("operation", s_operations[(int)operation]);
            var tags = new TagList { by, { "outcome", end } };
            if (end != "cancelled") _seconds.Record(_time.GetElapsedTime(start).TotalSeconds, tags);
            if (end == "error") _errors.Add(1, by);
        }
    }
}
