using HandsOff.Grains.Coordination;
using HandsOff.Grains.Scheduling;

namespace HandsOff.Bench.Simulation;

/// <summary>
/// The coordinator's own classes (<see cref="DatasetRun"/>, <see cref="ShardLedger"/>) with nodes in virtual time. Nodes behave as NodeWorker does: two slots, a
/// report when a shard ends and every two seconds (or as the coordinator asks), a question again when told to.
/// </summary>
internal sealed class ClusterSimulation
{
    private const int ShardSize = 1000, Slots = 2;
    private const double Heartbeat = 2, Replacement = 600;

    private readonly SimulationOptions _options;
    private readonly Random _random;
    private readonly DatasetRun _run;
    private readonly PriorityQueue<(double At, SimulatedNode Node, int Stamp, What What), (double, long)> _events = new();
    private readonly List<SimulatedNode> _nodes = [];
    private readonly Dictionary<int, int> _calls = [];
    private double _now, _nodeSeconds, _usefulSeconds, _capacity, _capacityAt, _capacitySpeed, _ideal = double.NaN;
    private long _sequence, _callCount, _heap;
    private int _lost;

    private enum What { Report, Join, Lose, Forget }

    public ClusterSimulation(SimulationOptions options)
    {
        _options = options;
        _random = new Random((int)options.Seed);
        _run = new DatasetRun("simulated", (long)options.Shards * ShardSize, ShardSize, [], new LedgerOptions(), "s");
    }

    /// <summary>Samples (virtual seconds, committed, nodes at work) a hundred times over the run.</summary>
    public List<(double Seconds, int Committed, int Leased, int Nodes)> Curve { get; } = [];

    public SimulationResult Run()
    {
        double speedSum = 0;
        for (int i = 0; i < _options.Nodes; i++)
        {
            double speed = Math.Exp(_options.SpeedSpread * Normal());
            if (_random.NextDouble() < _options.Stragglers) speed /= 10;
            _nodes.Add(new SimulatedNode($"silo{i}/cuda:0", speed));
            speedSum += speed;
        }

        double guess = _options.Shards * _options.ShardSeconds / speedSum;
        foreach (var node in _nodes)
        {
            bool late = _random.NextDouble() < _options.Late;
            At(late ? _random.NextDouble() * guess / 2 : _random.NextDouble(), node, What.Join);
        }

        long before = GC.GetTotalMemory(forceFullCollection: true);
        var cpu = Environment.CpuUsage.TotalTime;
        int nextSample = 0;
        while (!_run.Ledger.IsComplete && _events.TryDequeue(out var next, out _))
        {
            if (next.What is What.Report or What.Lose && next.Stamp != next.Node.Stamp) continue; // of a former life
            _now = next.At;
            Handle(next.Node, next.What);
            if (_run.Ledger.Committed >= (long)nextSample * _options.Shards / 100)
            {
                Curve.Add((_now, _run.Ledger.Committed, _run.Ledger.Leased, _nodes.Count(n => n.Alive)));
                nextSample++;
                if (nextSample == 50) _heap = Math.Max(0, GC.GetTotalMemory(forceFullCollection: true) - before);
            }
        }

        if (!_run.Ledger.IsComplete) throw new InvalidOperationException($"{_options.Name}: the simulation came to a stand at {_run.Ledger.Committed} of {_options.Shards} shards");
        Curve.Add((_now, _run.Ledger.Committed, 0, _nodes.Count(n => n.Alive)));
        if (double.IsNaN(_ideal)) CountCapacity(0);
        foreach (var work in _nodes.Where(n => n.Alive).SelectMany(n => n.Works)) _nodeSeconds += work.SpentAt(_now);
        return new SimulationResult(
            _options, _now, double.IsNaN(_ideal) ? _now : _ideal, 1 - _usefulSeconds / _nodeSeconds,
            (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / _options.Shards, _callCount / _now, _calls.Values.Max(), _run.Ledger.BackupsGiven, _lost, _heap / 1024);
    }

    private void Handle(SimulatedNode node, What what)
    {
        switch (what)
        {
            case What.Join:
                CountCapacity(node.Speed);
                (node.Alive, node.AliveSince) = (true, _now);
                node.Stamp++;
                if (_options.LostAnHour > 0) At(_now - Math.Log(1 - _random.NextDouble()) * 3600 / _options.LostAnHour, node, What.Lose);
                Report(node);
                break;
            case What.Lose when node.Alive:
                Lose(node);
                break;
            case What.Forget:
                _run.Forget(node.Name.Split('/')[0], Time);
                break;
            case What.Report when node.Alive:
                Report(node);
                break;
        }
    }

    private void Lose(SimulatedNode node)
    {
        CountCapacity(-node.Speed);
        _lost++;
        foreach (var work in node.Works) _nodeSeconds += work.SpentAt(_now);
        bool told = _random.NextDouble() < _options.SpotNotices;
        if (told)
        {
            var report = new NodeReport { Node = node.Name, Epoch = node.Epoch, Done = [.. node.Done], Returned = [.. node.Works.Select(w => w.Grant.LeaseId)] };
            Call(report);
        }
        else if (_random.NextDouble() >= _options.SilentLosses)
        {
            _events.Enqueue((_now + 6, node, node.Stamp + 1, What.Forget), (_now + 6, _sequence++));
        }

        node.Works.Clear();
        node.Done.Clear();
        node.Failed.Clear();
        node.Alive = false;
        node.Stamp++;
        node.Epoch++;
        At(_now + Replacement, node, What.Join);
    }

    private void Report(SimulatedNode node)
    {
        Finish(node);
        var report = new NodeReport
        {
            Node = node.Name,
            Epoch = node.Epoch,
            Want = Slots - node.Works.Count,
            Done = [.. node.Done],
            Failed = [.. node.Failed],
            Held = [.. node.Works.Select(w => new HeldLease(w.Grant.LeaseId, w.Grant.Shard, (int)(w.Grant.Count * w.SpentAt(_now) / w.Seconds), w.Grant.Count))],
        };
        node.Done.Clear();
        node.Failed.Clear();
        int want = report.Want;
        var orders = Call(report);
        foreach (string lost in orders.Lost)
        {
            var work = node.Works.Find(w => w.Grant.LeaseId == lost);
            if (work is null) continue;
            _nodeSeconds += work.SpentAt(_now);
            node.Works.Remove(work);
        }

        foreach (var grant in orders.Grants)
        {
            double seconds = _options.ShardSeconds * grant.Count / ShardSize / node.Speed * Math.Exp(_options.Jitter * Normal());
            node.Works.Add(new SimulatedNode.Work(grant, seconds, _random.NextDouble() < _options.Failures ? _random.NextDouble() : 2));
        }

        Begin(node);
        double next = _now + Math.Max(Heartbeat, orders.ReportEvery.TotalSeconds);
        if (node.Works.Count > 0) next = Math.Min(next, node.Works[0].EndsAt);
        if (orders.Grants.Length < want) next = Math.Min(next, _now + Math.Max(0.05, orders.AskAgainIn.TotalSeconds));
        At(next, node, What.Report);
    }

    private void Finish(SimulatedNode node)
    {
        while (node.Works.Count > 0 && node.Works[0].Began is not null && node.Works[0].EndsAt <= _now + 1e-9)
        {
            var work = node.Works[0];
            double ended = work.EndsAt, spent = ended - work.Began!.Value;
            node.Works.RemoveAt(0);
            _nodeSeconds += spent;
            if (work.Fails < 1)
            {
                node.Failed.Add(new ShardFailed(work.Grant.LeaseId, work.Grant.Shard, FailureKind.Transient, "simulated"));
            }
            else
            {
                if (!_run.Ledger.IsCommitted(work.Grant.Shard)) _usefulSeconds += spent; // the receipt exists once: a second one was for nothing
                node.Done.Add(new ShardDone { LeaseId = work.Grant.LeaseId, Shard = work.Grant.Shard, Count = work.Grant.Count, Seconds = spent });
            }

            if (node.Works.Count > 0) node.Works[0].Began = ended;
        }
    }

    private void Begin(SimulatedNode node)
    {
        if (node.Works.Count > 0 && node.Works[0].Began is null) node.Works[0].Began = _now;
    }

    private NodeOrders Call(NodeReport report)
    {
        _callCount++;
        int second = (int)_now;
        _calls[second] = _calls.GetValueOrDefault(second) + 1;
        return _run.Exchange(report, DatasetPhase.Running, Time);
    }

    private DateTimeOffset Time => DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(_now);

    /// <summary>Adds up what the nodes could have done so far, and notes when that was all of it.</summary>
    private void CountCapacity(double change)
    {
        double work = _options.Shards * _options.ShardSeconds, more = (_now - _capacityAt) * _capacitySpeed;
        if (double.IsNaN(_ideal) && _capacitySpeed > 0 && _capacity + more >= work) _ideal = _capacityAt + (work - _capacity) / _capacitySpeed;
        _capacity += more;
        _capacityAt = _now;
        _capacitySpeed += change;
    }

    private void At(double time, SimulatedNode node, What what) => _events.Enqueue((time, node, node.Stamp, what), (time, _sequence++));

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
