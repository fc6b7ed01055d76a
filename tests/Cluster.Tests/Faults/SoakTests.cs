using System.Diagnostics;
using System.Globalization;
using HandsOff.Cluster.Tests.Support;
using HandsOff.Core;
using HandsOff.Grains.Coordination;
using HandsOff.Tests.Servers;

namespace HandsOff.Cluster.Tests.Faults;

/// <summary>One longer run under one fault after the other, drawn by a seed: the record of docs/results/faults.md.</summary>
public sealed class SoakTests(Oracle oracle)
{
    private const int ShardSize = 10;

    private static readonly TimeSpan s_sampleTime = TimeSpan.FromMilliseconds(10), s_lease = TimeSpan.FromSeconds(8);

    private readonly Dictionary<string, SiloProcess> _silos = [];
    private readonly List<(string Kind, DateTimeOffset Begun)> _faults = [];
    private long _expired, _lost, _duplicates, _backups, _coordinators;

    [Fact]
    public async Task A_long_run_under_fault_after_fault_gives_the_same_bytes()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("HANDSOFF_NIGHTLY") == "1", "nightly: set HANDSOFF_NIGHTLY=1");
        int samples = int.Parse(Environment.GetEnvironmentVariable("HANDSOFF_SOAK_SAMPLES") ?? "60000", CultureInfo.InvariantCulture);
        int seed = int.Parse(Environment.GetEnvironmentVariable("HANDSOFF_SEED") ?? "1", CultureInfo.InvariantCulture);
        var random = new Random(seed);
        await using var h = await Harness.StartAsync(oracle, azure: true);
        foreach (var silo in await h.SilosAsync(s_sampleTime, "a", "b", "c")) _silos[silo.Name] = silo;
        await using var reader = new ManifestReader(h.UriOf("soak"), samples);
        long start = Stopwatch.GetTimestamp();
        await h.SubmitAsync("soak", samples, ShardSize);
        using var stop = new CancellationTokenSource();
        var watching = WatchAsync(h, stop.Token);
        while (!watching.IsCompleted)
        {
            await FaultAsync(h, random);
            // Some work between two faults.
            int enough = ((await AskAsync(h))?.ShardsCommitted ?? 0) + 15;
            for (int i = 0; i < 300 && !watching.IsCompleted; i++)
            {
                if ((await AskAsync(h))?.ShardsCommitted >= enough) break;
                await Task.Delay(200);
            }
        }

        var took = Stopwatch.GetElapsedTime(start);
        Assert.Equal(DatasetPhase.Complete, (await watching).Phase);
        await h.RequireSameAsync("soak", samples, ShardSize);
        await reader.RequireCompleteAsync();
        var times = RunTimes.Of(await h.CopyAsync("soak"));
        var forgotten = h.MadeAgain();
        double[] recoveries = [.. _faults.Select(f => times.Recovery(f.Begun, forgotten)).OfType<TimeSpan>().Select(t => t.TotalSeconds).Order()];
        int shards = samples / ShardSize;
        FaultRecord.Line($"one run of {shards} shards under faults drawn by seed {seed}: {_faults.Count} faults in {took.TotalSeconds:F0} s ({string.Join(", ", _faults.GroupBy(f => f.Kind).OrderBy(g => g.Key).Select(g => $"{g.Count()} x {g.Key}"))}); byte-identical to the oracle, the reader saw no incomplete manifest");
        FaultRecord.Line($"recovery (from a fault's beginning until all work begun before it is committed, the outage itself included; without {forgotten.Count} shards that the killed store forgot and the reading back found), {recoveries.Length} faults: p50 {At(recoveries, 0.5):F1} s, p99 {At(recoveries, 0.99):F1} s, longest {recoveries.LastOrDefault():F1} s");
        FaultRecord.Line($"in that run: {_coordinators} lives of the coordinator, {_lost} leases ended with their work unfinished ({_expired} of them unrenewed), {_duplicates} equal duplicates absorbed, {_backups} backups; wasted work at most {100.0 * (_lost + _duplicates + _backups) / shards:F1} % (each of them taken for a whole shard)");
    }

    private async Task FaultAsync(Harness h, Random random)
    {
        string name = "abc"[random.Next(3)].ToString();
        var silo = _silos[name];
        int kind = random.Next(7);
        _faults.Add((kind switch { 0 or 1 => "kill -9 of a silo", 2 => "SIGSTOP of a silo for twice the lease", 3 => "SIGTERM of a silo", 4 => "Azurite frozen 10 s", 5 => "Azurite killed", _ => "Redis stopped 10 s" }, TimeProvider.System.GetUtcNow()));
        switch (kind)
        {
            case 0 or 1:
                await silo.KillAsync();
                await AgainAsync(h, name);
                break;
            case 2:
                silo.Freeze();
                await Task.Delay(2 * s_lease);
                silo.Thaw();
                await Task.Delay(TimeSpan.FromSeconds(8)); // one that the others declared dead ends itself
                if (silo.HasExited) await AgainAsync(h, name);
                break;
            case 3:
                await silo.StopAsync();
                await AgainAsync(h, name);
                break;
            case 4:
                h.Azurite!.Freeze();
                await Task.Delay(TimeSpan.FromSeconds(10));
                h.Azurite.Thaw();
                break;
            case 5:
                await h.Azurite!.KillAsync();
                await h.Azurite.StartAgainAsync();
                break;
            default:
                await h.Redis.StopAsync();
                await Task.Delay(TimeSpan.FromSeconds(10));
                await h.Redis.StartAgainAsync();
                break;
        }

        foreach (var (ended, _) in _silos.Where(s => s.Value.HasExited).ToArray()) await AgainAsync(h, ended);
    }

    private async Task AgainAsync(Harness h, string name) => _silos[name] = await h.SiloAsync(name, s_sampleTime);

    /// <summary>Follows the run to its end; sums what each life of the coordinator counts.</summary>
    private async Task<DatasetStatus> WatchAsync(Harness h, CancellationToken cancellationToken)
    {
        DatasetStatus last = new() { Dataset = "", Phase = DatasetPhase.Unknown };
        await foreach (var status in (await h.ClientAsync()).WatchAsync("soak", cancellationToken))
        {
            bool another = status.LeasesLost < last.LeasesLost || status.Duplicates < last.Duplicates || status.ShardsFound != last.ShardsFound;
            if (another && status.Phase != DatasetPhase.Unknown) _coordinators++;
            _expired += Math.Max(0, status.LeasesExpired - (another ? 0 : last.LeasesExpired));
            _lost += Math.Max(0, status.LeasesLost - (another ? 0 : last.LeasesLost));
            _duplicates += Math.Max(0, status.Duplicates - (another ? 0 : last.Duplicates));
            _backups += Math.Max(0, status.Backups - (another ? 0 : last.Backups));
            last = status;
        }

        return last;
    }

    private static async Task<DatasetStatus?> AskAsync(Harness h)
    {
        try
        {
            return await h.StatusAsync("soak");
        }
        catch (HandsOffException)
        {
            return null; // the store or the silo does not answer now
        }
    }

    private static double At(double[] sorted, double share) => sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, (int)Math.Ceiling(share * sorted.Length) - 1)];
}
