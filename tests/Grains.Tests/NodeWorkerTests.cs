using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Diagnostics;
using HandsOff.Grains.Nodes;
using HandsOff.Grains.Scheduling;
using HandsOff.Grains.Tests.Fakes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace HandsOff.Grains.Tests;

/// <summary>A device's worker by itself.</summary>
public sealed class NodeWorkerTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task A_cluster_that_dies_while_the_node_leaves_does_not_keep_it_from_leaving()
    {
        var (grains, cluster) = LostCluster.Create();
        var worker = Worker(grains, new FakeRunner(new FakeStore(), new FakeWork(), "cpu:0"));
        worker.Start();
        await cluster.Called;
        var leaving = worker.DisposeAsync();
        cluster.Die();
        await leaving; // threw SiloUnavailableException, and the silo's shutdown with it
    }

    [Fact]
    public async Task A_dataset_begun_again_under_its_name_is_made_from_its_new_request()
    {
        var (grains, cluster) = ScriptedCluster.Create();
        var runner = new RequestRunner();
        cluster.Open = [new DatasetShare("d")];
        DatasetRun Begun(string request) => new("d", 8, 1, [], new LedgerOptions(), request, request);
        var run = Begun("seed 1");
        cluster.Answer("d", report => Task.FromResult(run.Exchange(report, DatasetPhase.Running, TimeProvider.System.GetUtcNow())));
        await using var worker = Worker(grains, runner);
        worker.Start();
        await UntilAsync(() => runner.Made.Count >= 2 && runner.Waiting == 2);

        // Removed and submitted again while two shards of the old one are in hand.
        run = Begun("seed 2");
        runner.Go = true;
        await UntilAsync(() => run.Ledger.IsComplete);
        Assert.Equal(Enumerable.Range(0, 8), runner.Made.Where(m => m.Request == "seed 2").Select(m => m.Shard).Order());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_coordinator_that_fails_or_never_answers_keeps_no_other_dataset_from_being_made(bool hangs)
    {
        var (grains, cluster) = ScriptedCluster.Create();
        cluster.Open = [new DatasetShare("broken", 1, 5), new DatasetShare("sound")];
        var run = new DatasetRun("sound", 20, 1, [], new LedgerOptions(), "t", "r");
        var never = new TaskCompletionSource<NodeOrders>();
        cluster.Answer("broken", _ => hangs ? never.Task : throw new TimeoutException("no answer"));
        cluster.Answer("sound", report => Task.FromResult(run.Exchange(report, DatasetPhase.Running, TimeProvider.System.GetUtcNow())));
        await using var worker = Worker(grains, new RequestRunner { Go = true });
        worker.Start();
        await UntilAsync(() => run.Ledger.IsComplete);
    }

    [Fact]
    public async Task Shards_given_in_an_answer_that_came_late_are_given_back()
    {
        var (grains, cluster) = ScriptedCluster.Create();
        cluster.Open = [new DatasetShare("late", 1, 5), new DatasetShare("sound")];
        var (late, sound) = (new DatasetRun("late", 20, 1, [], new LedgerOptions(), "l", "r"), new DatasetRun("sound", 2, 1, [], new LedgerOptions(), "s", "r"));
        var gate = new TaskCompletionSource();
        cluster.Answer("late", async report =>
        {
            var orders = late.Exchange(report, DatasetPhase.Running, TimeProvider.System.GetUtcNow());
            await gate.Task;
            return orders;
        });
        cluster.Answer("sound", report => Task.FromResult(sound.Exchange(report, DatasetPhase.Running, TimeProvider.System.GetUtcNow())));
        await using var worker = Worker(grains, new RequestRunner());
        worker.Start();
        await UntilAsync(() => sound.Ledger.Leased == 2 && late.Ledger.Leased == 2);
        gate.SetResult();
        await UntilAsync(() => late.Ledger.Leased == 0);
    }

    private NodeWorker Worker(IGrainFactory grains, IShardRunner runner) =>
        new("a/cpu:0", grains, runner, new NodeOptions { Heartbeat = TimeSpan.FromMilliseconds(50), IdlePoll = TimeSpan.FromMilliseconds(50) },
            new HandsOffMeter(_services.GetRequiredService<IMeterFactory>()), TimeProvider.System, NullLogger.Instance);

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (int i = 0; !condition(); i++)
        {
            Assert.True(i < 3000, "it does not come about");
            await Task.Delay(20);
        }
    }

    /// <summary>Notes what each shard is made from; from the third on it waits until it may go.</summary>
    private sealed class RequestRunner : IShardRunner
    {
        public ConcurrentQueue<(string Request, int Shard)> Made { get; } = new();

        public volatile int Waiting;

        public volatile bool Go;

        public IReadOnlyList<string> Pairs => [];

        public async Task<ShardDone> RunAsync(string dataset, string requestJson, ShardGrant grant, string node, Action<int> progress, CancellationToken cancellationToken)
        {
            if (Made.Count >= 2 || grant.Shard >= 2 || dataset != "d")
            {
                Interlocked.Increment(ref Waiting);
                while (!Go) await Task.Delay(10, CancellationToken.None); // as one whose commit is on its way
            }

            Made.Enqueue((requestJson, grant.Shard));
            return new ShardDone { LeaseId = grant.LeaseId, Shard = grant.Shard, Count = grant.Count };
        }

        public ValueTask DisposeAsync()
        {
            Go = true;
            return ValueTask.CompletedTask;
        }
    }
}
