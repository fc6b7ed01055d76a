using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using HandsOff.Core.Storage;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Diagnostics;
using HandsOff.Grains.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace HandsOff.Grains.Tests.Diagnostics;

/// <summary>What a series shows before anything has happened: alerts look at rises, and a series that begins with its first event never rises.</summary>
public sealed class FirstSeriesTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly MeterListener _listener = new();
    private readonly List<(string Instrument, string Tags, double Value)> _seen = [];

    public FirstSeriesTests()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, Factory)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => _seen.Add((instrument.Name, Text(tags), value)));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => _seen.Add((instrument.Name, Text(tags), value)));
        _listener.Start();
    }

    private IMeterFactory Factory => _services.GetRequiredService<IMeterFactory>();

    public void Dispose()
    {
        _listener.Dispose();
        _services.Dispose();
    }

    [Fact]
    public void The_last_commit_of_a_dataset_whose_coordinator_has_just_come_is_no_older_than_that()
    {
        var gauges = new DatasetGauges(Factory, _time);
        gauges.Report(new DatasetStatus { Dataset = "moved", Phase = DatasetPhase.Running, Shards = 10, ShardsCommitted = 4 });
        _time.Advance(TimeSpan.FromSeconds(7));
        _listener.RecordObservableInstruments();
        Assert.Equal(7, Assert.Single(_seen, s => s.Instrument == "handsoff.dataset.commit.age").Value);
    }

    [Fact]
    public async Task Leases_that_ran_out_are_counted_from_nothing_on_a_silo_without_devices()
    {
        var host = new NodeHost(null!, new NoDevices(), null!, null!, Options.Create(new NodeOptions()), new HandsOffMeter(Factory), new StoreMeter(Factory, _time), null!, _time, NullLogger<NodeWorker>.Instance);
        await host.StartAsync(TestContext.Current.CancellationToken);
        Assert.Contains(("handsoff.leases.expired", "", 0), _seen);
    }

    [Fact]
    public async Task Every_operation_of_a_store_that_can_fail_is_counted_from_nothing()
    {
        var meter = new StoreMeter(Factory, _time);
        meter.Begin();
        var counted = _seen.Where(s => s.Instrument == "handsoff.store.errors").Select(s => s.Tags).ToHashSet();
        _seen.Clear();
        var store = meter.Measure(new BrokenStore());
        var cancel = CancellationToken.None;
        Func<Task>[] calls =
        [
            () => store.ReadAsync("a", cancel), () => store.OpenReadAsync("a", cancel), () => store.StatAsync("a", cancel), () => store.CreateAsync("a", default, cancel),
            () => store.ReplaceAsync("a", default, "", cancel), () => store.BeginUploadAsync("a", cancel), () => store.DeleteAsync("a", cancel), async () => { await foreach (var _ in store.ListAsync("", cancel)) { } },
        ];
        foreach (var call in calls) await Assert.ThrowsAsync<IOException>(call);
        string[] failed = [.. _seen.Where(s => s.Instrument == "handsoff.store.errors").Select(s => s.Tags)];
        Assert.Equal(calls.Length, failed.Length);
        Assert.All(failed, f => Assert.Contains(f, counted));
    }

    private static string Text(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var words = new List<string>();
        foreach (var (key, value) in tags) words.Add($"{key}={value}");
        return string.Join(',', words);
    }

    private sealed class NoDevices : INodeDevices
    {
        public IReadOnlyList<string> Names => [];

        public IShardRunner CreateRunner(string device) => throw new InvalidOperationException();
    }

    private sealed class BrokenStore : IBlobStore
    {
        public string Description => "broken";

        public Task<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken) => throw new IOException();

        public Task<Stream?> OpenReadAsync(string name, CancellationToken cancellationToken) => throw new IOException();

        public Task<BlobProperties?> StatAsync(string name, CancellationToken cancellationToken) => throw new IOException();

        public Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => throw new IOException();

        public Task<bool> ReplaceAsync(string name, ReadOnlyMemory<byte> content, string ifMatch, CancellationToken cancellationToken) => throw new IOException();

        public Task<BlobUpload> BeginUploadAsync(string name, CancellationToken cancellationToken) => throw new IOException();

        public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken) => throw new IOException();

        public async IAsyncEnumerable<BlobEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.CompletedTask;
            if (Description.Length > 0) throw new IOException();
            yield break;
        }
    }
}
