using CsCheck;
using HandsOff.Grains.Scheduling;

namespace HandsOff.Grains.Tests;

/// <summary>Random histories of nodes that take, renew, finish, fail, fall silent and come back, against the ledger's promises.</summary>
public sealed class LedgerProperties
{
    private static readonly LedgerOptions s_options = new() { MaxFailures = 1000, MaxLosses = 1000 };

    private enum Act { Take, Complete, Fail, Release, Renew, Wait, Restart, Forget, CompleteStale, NewCoordinator, Reopen, Blame, LoseAnswer }

    private static readonly Gen<(int Shards, int Nodes, (Act Act, int Node, int Pick)[] History)> s_histories =
        from shards in Gen.Int[1, 60]
        from nodes in Gen.Int[1, 6]
        from history in Gen.Select(Gen.Enum<Act>(), Gen.Int[0, 5], Gen.Int[0, 1000]).Array[0, 300]
        select (shards, nodes, history.Select(h => (h.Item1, h.Item2 % nodes, h.Item3)).ToArray());

    [Fact]
    public void Every_shard_is_committed_exactly_once_whatever_the_nodes_do() => s_histories.Sample(
        h =>
        {
            var run = new Run(h.Shards, s_options);
            foreach (var step in h.History) run.Do(step.Act, step.Node, step.Pick, reopen: false);
            run.Finish();
            Assert.True(run.Ledger.IsComplete);
            Assert.Equal(h.Shards, run.Commits.Count);
            Assert.All(run.Commits.Values, n => Assert.Equal(1, n));
            Assert.Empty(run.Ledger.Leases);
            Assert.Equal(1, run.Ledger.CommittedRuns);
        },
        iter: 400, seed: "0000000000001");

    [Fact]
    public void A_reopened_shard_is_made_again_and_the_counts_always_add_up() => s_histories.Sample(
        h =>
        {
            var run = new Run(h.Shards, s_options);
            foreach (var step in h.History)
            {
                run.Do(step.Act, step.Node, step.Pick, reopen: true);
                run.CheckCounts();
            }

            run.Finish();
            Assert.True(run.Ledger.IsComplete);
        },
        iter: 300, seed: "0000000000002");

    [Fact]
    public void Backups_never_pass_their_bound_and_no_shard_has_more_than_two_holders() => s_histories.Sample(
        h =>
        {
            var run = new Run(h.Shards, s_options with { BackupFactor = 0 });
            foreach (var step in h.History)
            {
                run.Do(step.Act, step.Node, step.Pick, reopen: false);
                Assert.InRange(run.Ledger.BackupsGiven, 0, Math.Max(1, h.Shards / 20));
                Assert.All(run.Ledger.Leases.GroupBy(l => l.Shard), g => Assert.InRange(g.Count(), 1, 2));
            }
        },
        iter: 300, seed: "0000000000003");

    [Fact]
    public void With_a_small_budget_every_shard_is_committed_or_set_aside_and_forgiving_completes_it() => s_histories.Sample(
        h =>
        {
            var run = new Run(h.Shards, s_options with { MaxFailures = 2, MaxLosses = 3 });
            foreach (var step in h.History)
            {
                run.Do(step.Act, step.Node, step.Pick, reopen: true);
                run.CheckCounts();
                Assert.All(run.Ledger.Leases.Where(l => l.Probe is not null), l => Assert.InRange(l.Probe!.Value.First, 10 * l.Shard, 10 * l.Shard + 9));
            }

            run.Finish();
            Assert.Empty(run.Ledger.Leases);
            Assert.All(run.Ledger.Poison, p => Assert.False(run.Ledger.IsCommitted(p.Shard)));
            run.Forgive();
            run.Finish();
            Assert.True(run.Ledger.IsComplete);
        },
        iter: 300, seed: "0000000000008");

    [Fact]
    public void The_same_history_gives_the_same_leases() => s_histories.Sample(
        h =>
        {
            var (one, two) = (new Run(h.Shards, s_options), new Run(h.Shards, s_options));
            foreach (var step in h.History)
            {
                one.Do(step.Act, step.Node, step.Pick, reopen: true);
                two.Do(step.Act, step.Node, step.Pick, reopen: true);
            }

            Assert.Equal(one.Given, two.Given);
        },
        iter: 100, seed: "0000000000004");

    /// <summary>A ledger, its nodes' lives and what was given and committed so far.</summary>
    private sealed class Run(int shards, LedgerOptions options)
    {
        private readonly long[] _epochs = new long[6];
        private readonly List<ShardLease> _held = [];
        private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

        private int _lives;
        private long _reports;

        public ShardLedger Ledger { get; private set; } = new(shards, [], options, "t", s => new SampleRange(10 * s, 10));

        public Dictionary<int, int> Commits { get; } = [];

        public List<string> Given { get; } = [];

        public void Do(Act act, int node, int pick, bool reopen)
        {
            _now += TimeSpan.FromSeconds(pick % 7);
            var lease = _held.Count == 0 ? null : _held[pick % _held.Count];
            switch (act)
            {
                case Act.Take:
                    Take(node);
                    break;
                case Act.Complete when lease is not null:
                    Complete(lease);
                    _held.Remove(lease);
                    break;
                case Act.CompleteStale when lease is not null: // the node's answer is sent twice
                    Complete(lease);
                    break;
                case Act.Fail when lease is not null:
                    Ledger.Fail(lease.Id, FailureKind.Transient, "broken", _now);
                    _held.Remove(lease);
                    break;
                case Act.Release when lease is not null:
                    Ledger.Release(lease.Id, _now);
                    _held.Remove(lease);
                    break;
                case Act.Renew when lease is not null:
                    if (Ledger.Renew(lease.Id, lease.Shard, lease.Node, lease.Epoch, pick / 1000.0, _now) == RenewResult.Lost) _held.Remove(lease);
                    break;
                case Act.Wait:
                    _now += TimeSpan.FromSeconds(pick % 50);
                    Ledger.Expire(_now);
                    break;
                case Act.Restart:
                    _epochs[node]++;
                    Take(node);
                    break;
                case Act.Forget:
                    Ledger.Forget(Name(node), _now);
                    break;
                case Act.NewCoordinator: // it knows the receipts and nothing else
                    Ledger = new ShardLedger(shards, [.. Enumerable.Range(0, shards).Where(Ledger.IsCommitted)], options, $"t{++_lives}", s => new SampleRange(10 * s, 10));
                    break;
                case Act.Blame when lease is not null:
                    Ledger.Blame(lease.Id, _now);
                    _held.Remove(lease);
                    break;
                case Act.LoseAnswer when Take(node) is { } never: // the next report does not hold it
                    _held.Remove(never);
                    Ledger.ReleaseUnheld(never.Node, never.Epoch, ++_reports, _held.Where(h => h.Node == never.Node).Select(h => h.Id).ToHashSet(), _now);
                    Assert.False(Ledger.Holds(never.Id));
                    break;
                case Act.Reopen when reopen:
                    Ledger.Reopen(pick % shards, _now);
                    break;
            }
        }

        /// <summary>One healthy node does what is left.</summary>
        public void Finish()
        {
            _epochs[0]++;
            for (int i = 0; !Ledger.IsSettled; i++)
            {
                Assert.True(i < 10 * shards + 400, "the ledger does not come to an end");
                _now += TimeSpan.FromSeconds(40); // others' leases expire, backoffs end
                if (Take(0) is { } lease) Complete(lease);
            }
        }

        public void Forgive() => Ledger.Forgive(_now);

        public void CheckCounts()
        {
            Assert.Equal(shards, Ledger.Committed + Ledger.Leased + Ledger.Pending + Ledger.Poison.Count);
            Assert.True(Ledger.Pending >= 0);
            Assert.Equal(Ledger.Committed == shards, Ledger.IsComplete);
            Assert.Equal(Ledger.Committed + Ledger.Poison.Count == shards, Ledger.IsSettled);
            Assert.All(Ledger.Leases, l => Assert.False(Ledger.IsCommitted(l.Shard)));
        }

        private static string Name(int node) => $"silo/cpu:{node}";

        private ShardLease? Take(int node)
        {
            var lease = Ledger.Take(Name(node), _epochs[node], _now);
            Given.Add(lease?.ToString() ?? "none");
            if (lease is null) return null;
            lease.Report = ++_reports;
            _held.Add(lease);
            return lease;
        }

        private void Complete(ShardLease lease)
        {
            if (lease.Probe is not null) Ledger.ProbeClean(lease.Id, _now);
            else if (Ledger.Complete(lease.Shard, lease.Id, _now)) Commits[lease.Shard] = Commits.GetValueOrDefault(lease.Shard) + 1;
        }
    }
}
