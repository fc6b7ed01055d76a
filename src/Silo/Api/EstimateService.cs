using HandsOff.Core.Datasets;
using HandsOff.Grains.Nodes;
using HandsOff.Grains.Scheduling;

namespace HandsOff.Silo.Api;

/// <summary>What a dataset would take, before it is submitted.</summary>
internal sealed class EstimateService(PairService pairs, ISampleService samples, ClusterMonitor monitor, IGrainFactory grains)
{
    /// <exception cref="Core.HandsOffException">The request is wrong.</exception>
    /// <exception cref="NodesBusyException">No node can try it now.</exception>
    public async Task<Estimate> OfAsync(Submission submission, CancellationToken cancellationToken)
    {
        var request = await pairs.ResolveAsync(submission, submission.Samples, cancellationToken);
        await pairs.ProvideAsync(request.Pair, cancellationToken);
        var plan = new ShardPlan(submission.Samples, request.ShardSize);
        var trial = await samples.TryAsync(request, cancellationToken);
        int nodes = (await grains.GetGrain<IClusterSchedulerGrain>(0).Nodes()).Count(n => n.State is NodeState.Idle or NodeState.Working);

        // A node makes one shard after the other on its device; a dataset of few shards cannot use more nodes than it has shards.
        double draws = 1 / trial.Accepted, perSample = Math.Max(trial.DeviceSeconds * draws, trial.EncodeSeconds);
        double rate = Math.Min(nodes, plan.Count) / Math.Max(perSample, 1e-9);
        double share = Share((await monitor.LookedAtAsync(cancellationToken)).Datasets, submission.Weight ?? 1, submission.Priority ?? 0);
        return new Estimate(
            submission.Samples, plan.Count, plan.ShardSize, submission.Samples * trial.Bytes, trial.Bytes, draws, nodes, rate,
            rate > 0 ? submission.Samples / rate : null, share, rate * share > 0 ? submission.Samples / (rate * share) : null, trial.Samples);
    }

    private static double Share(IEnumerable<DatasetView> datasets, double weight, int priority)
    {
        DatasetView[] running = [.. datasets.Where(d => d.Phase == Grains.Coordination.DatasetPhase.Running)];
        if (running.Any(d => d.Priority > priority)) return 0;
        return weight / (weight + running.Where(d => d.Priority == priority).Sum(d => d.Weight));
    }
}
