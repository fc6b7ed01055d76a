using System.Net;
using System.Net.Http.Json;
using HandsOff.Core;
using HandsOff.Core.Catalog;
using HandsOff.Core.Datasets;
using HandsOff.Core.Storage;
using HandsOff.Grains.Coordination;
using HandsOff.Silo.Api;
using HandsOff.Silo.Security;
using HandsOff.Silo.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using static HandsOff.Silo.Tests.Support.HttpHelp;

namespace HandsOff.Silo.Tests.Api;

/// <summary>What the API and the page say while the store does not answer.</summary>
public sealed class OutageTests
{
    [Fact]
    public async Task Datasets_known_are_still_seen_while_the_store_is_silent()
    {
        await using var silo = await TestSilo.StartAsync();
        using var writer = await silo.ClientAsync("writer");
        await writer.CompleteAsync(Submission("kept", silo.Pair.Name, 20));
        var time = new FakeTimeProvider();
        var store = new SilentStore(silo.Services.GetRequiredService<IBlobStore>());
        var poll = new DatasetPoll(silo.Services.GetRequiredService<ClusterStore>() with { Catalog = new DatasetCatalog(store) }, silo.Services.GetRequiredService<DatasetService>(), silo.Services.GetRequiredService<IGrainFactory>(), time);
        Assert.Equal(20, Assert.Single(await poll.LookAsync(CancellationToken.None)).SamplesCommitted);
        store.Silent = true;
        for (int i = 0; i < 3; i++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal(20, Assert.Single(await poll.LookAsync(CancellationToken.None)).SamplesCommitted);
        }
    }

    [Fact]
    public async Task A_caller_whose_key_cannot_be_looked_up_is_told_to_come_back()
    {
        SilentStore? store = null;
        await using var silo = await TestSilo.StartAsync(services: s => s.AddSingleton(p => new ApiKeyStore(store = new SilentStore(p.GetRequiredService<IBlobStore>()))));
        using var reader = await silo.ClientAsync("reader");
        store!.Silent = true;
        using var response = await reader.GetAsync("/api/v1/datasets");
        var (status, detail) = await response.ProblemAsync();
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "the store does not answer now; ask again in a few seconds"), (status, detail));
        Assert.NotNull(response.Headers.RetryAfter);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stream_outlives_a_coordinator_whose_store_is_silent_or_whose_calls_are_cancelled_for_a_while(bool cancelled)
    {
        var outage = new Outage(
            nameof(IDatasetCoordinatorGrain.Status), () => cancelled ? new TaskCanceledException() : new HandsOffException("the store cannot be reached") { IsTransient = true });
        await using var silo = await TestSilo.StartAsync(services: s => s.AddSingleton<IIncomingGrainCallFilter>(outage));
        using var writer = await silo.ClientAsync("writer");
        using var begun = await writer.PostAsJsonAsync("/api/v1/datasets", Submission("on", silo.Pair.Name, 100_000));
        begun.EnsureSuccessStatusCode();
        await using var events = writer.EventsAsync("/api/v1/datasets/on/events").GetAsyncEnumerator();
        Assert.True(await events.MoveNextAsync());
        outage.Begin();
        using var asked = await writer.GetAsync("/api/v1/datasets/on");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await asked.ProblemAsync()).Status);
        await outage.MetAsync(5); // the stream's own questions among them: the monitor asks once a second, the stream twice
        outage.End();
        (await writer.PostAsync("/api/v1/datasets/on/cancel", null)).EnsureSuccessStatusCode();
        string last = "";
        while (await events.MoveNextAsync()) last = events.Current.Type;
        Assert.Equal("end", last);
    }

    [Fact]
    public async Task Figures_do_not_fall_to_nothing_while_a_new_coordinator_reads_receipts()
    {
        var opening = new Opening();
        await using var silo = await TestSilo.StartAsync(services: s => s.AddSingleton<IIncomingGrainCallFilter>(opening));
        using var writer = await silo.ClientAsync("writer");
        await writer.CompleteAsync(Submission("again", silo.Pair.Name, 20));
        opening.On = true;
        var status = (await writer.JsonAsync("/api/v1/datasets/again"))["status"]!;
        await using var events = writer.EventsAsync("/api/v1/datasets/again/events").GetAsyncEnumerator();
        Assert.True(await events.MoveNextAsync());
        foreach (var seen in new[] { status, events.Current.Data })
            Assert.Equal(("opening", 20, 20, false), ((string)seen["phase"]!, (int)seen["samples"]!, (int)seen["samples_committed"]!, (bool)seen["over"]!));
    }

    [Fact]
    public async Task What_a_cancelled_dataset_holds_is_counted_when_no_coordinator_knows_it_any_more()
    {
        await using var silo = await TestSilo.StartAsync();
        using var writer = await silo.ClientAsync("writer");
        await writer.CompleteAsync(Submission("given-up", silo.Pair.Name, 35));
        var store = LocalFolderStore.Open(Path.Combine(silo.Root, "given-up"));
        await store.DeleteAsync(DatasetBlobs.Manifest, CancellationToken.None);
        await store.DeleteAsync("receipts/000001.json", CancellationToken.None);
        await DatasetState.CancelAsync(store, CancellationToken.None);
        var view = await DatasetView.OfAsync("given-up", (await DatasetState.FindAsync(store, CancellationToken.None))!, CancellationToken.None);
        Assert.Equal((DatasetPhase.Cancelled, 35, 25, 4, 3), (view.Phase, view.Samples, view.SamplesCommitted, view.Shards, view.ShardsCommitted));
    }

    [Fact]
    public async Task The_cluster_is_looked_at_seldom_while_nobody_watches_and_anew_when_somebody_asks()
    {
        await using var silo = await TestSilo.StartAsync();
        var monitor = silo.Services.GetRequiredService<ClusterMonitor>();
        Assert.Equal(TimeSpan.FromSeconds(10), monitor.Every);
        using var reader = await silo.ClientAsync("reader");
        var before = TimeProvider.System.GetUtcNow() - TimeSpan.FromSeconds(2);
        // The node announces itself a moment after the silo is up.
        var nodes = (await reader.JsonAsync("/api/v1/nodes")).AsArray();
        for (int i = 0; i < 60 && nodes.Count == 0; i++)
        {
            await Task.Delay(500, TestContext.Current.CancellationToken);
            nodes = (await reader.JsonAsync("/api/v1/nodes")).AsArray();
        }

        Assert.Equal("silo-a/cpu:0", (string)Assert.Single(nodes)!["node"]!);
        Assert.True(monitor.Latest.Time >= before);
        Assert.Equal(TimeSpan.FromSeconds(1), monitor.Every);
    }

    [Fact]
    public async Task A_scheduler_that_does_not_answer_hides_neither_datasets_nor_the_nodes_seen_last()
    {
        var outage = new Outage(nameof(Grains.Scheduling.IClusterSchedulerGrain.Nodes), () => new TimeoutException("no answer"));
        await using var silo = await TestSilo.StartAsync(services: s => s.AddSingleton<IIncomingGrainCallFilter>(outage));
        using var writer = await silo.ClientAsync("writer");
        await using var events = writer.EventsAsync("/api/v1/events").GetAsyncEnumerator();
        await UntilAsync(d => d["nodes"]!.AsArray().Count == 1);
        outage.Begin();
        await writer.CompleteAsync(Submission("unseen", silo.Pair.Name, 10));
        await outage.MetAsync(1);
        await UntilAsync(d => d["datasets"]!.AsArray().Any(x => (string)x!["name"]! == "unseen" && (string)x["phase"]! == "complete") && d["nodes"]!.AsArray().Count == 1);

        async Task UntilAsync(Func<System.Text.Json.Nodes.JsonNode, bool> seen)
        {
            for (int i = 0; i < 60; i++)
            {
                Assert.True(await events.MoveNextAsync());
                if (seen(events.Current.Data)) return;
            }

            Assert.Fail("not seen in 60 looks");
        }
    }

    /// <summary>Answers for every coordinator that it has just been made.</summary>
    private sealed class Opening : IIncomingGrainCallFilter
    {
        public bool On { get; set; }

        public Task Invoke(IIncomingGrainCallContext context)
        {
            if (!On || context.InterfaceMethod.Name != nameof(IDatasetCoordinatorGrain.Status)) return context.Invoke();
            context.Result = new DatasetStatus { Dataset = "again", Phase = DatasetPhase.Opening };
            return Task.CompletedTask;
        }
    }

    /// <summary>Makes every call of a grain's method fail: a coordinator's whose store is silent, a scheduler's whose silo is frozen.</summary>
    private sealed class Outage(string method, Func<Exception> error) : IIncomingGrainCallFilter
    {
        private int _met;
        private volatile bool _on;

        public void Begin() => _on = true;

        public void End() => _on = false;

        public async Task MetAsync(int times)
        {
            while (Volatile.Read(ref _met) < times) await Task.Delay(20);
        }

        public Task Invoke(IIncomingGrainCallContext context)
        {
            if (!_on || context.InterfaceMethod.Name != method) return context.Invoke();
            Interlocked.Increment(ref _met);
            throw error();
        }
    }
}
