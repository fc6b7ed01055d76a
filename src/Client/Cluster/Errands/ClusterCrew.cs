using System.Text;
using HandsOff.Core.Datasets;
using HandsOff.Core.Datasets.Checking;
using HandsOff.Grains.Errands;

namespace HandsOff.Client.Cluster.Errands;

/// <summary>The cluster's nodes as a crew: every shard is an errand of one of them, which reads and writes the store itself. Only reports come here.</summary>
/// <param name="pool">The nodes.</param>
/// <param name="uri">The dataset as the silos know it.</param>
internal sealed class ClusterCrew(NodePool pool, string uri) : IShardCrew
{
    private readonly string _run = Guid.NewGuid().ToString("n");
    private string? _request;
    private long _errands;

    // The pool gives each node two of them; the others wait for a place.
    public int AtOnce => 128;

    public Task ReadyAsync(DatasetState dataset, CancellationToken cancellationToken) =>
        DoAsync($"{uri}: the pair '{dataset.Request.Pair.Name}'", Errand(dataset, ErrandKind.Ready), cancellationToken);

    public async Task<ShardFault?> CheckAsync(DatasetState dataset, ManifestShard shard, CancellationToken cancellationToken)
    {
        var report = await DoAsync(Name(shard.Shard), Errand(dataset, ErrandKind.Check) with { Content = shard }, cancellationToken);
        return report.Faults.IsEmpty ? null : new ShardFault(shard.Shard, report.Faults[0]);
    }

    public async Task<RegenerationReport> RegenerateAsync(DatasetState dataset, ManifestShard shard, SampleChoice choice, CancellationToken cancellationToken)
    {
        var errand = Errand(dataset, ErrandKind.Regenerate) with { Content = shard, Share = choice.Share, ChoiceSeed = choice.Seed, Always = choice.Always };
        var report = await DoAsync(Name(shard.Shard), errand, cancellationToken);
        return new RegenerationReport([.. report.Faults.Select(f => new ShardFault(shard.Shard, f))], report.Compared, report.Identical, report.AcrossKernelClasses);
    }

    public async Task<ManifestShard> MakeAsync(DatasetState dataset, ShardRange range, CancellationToken cancellationToken)
    {
        var errand = Errand(dataset, ErrandKind.Make) with { Shard = range.Shard, First = range.First, Count = range.Count };
        return (await DoAsync(Name(range.Shard), errand, cancellationToken)).Made!;
    }

    private string Name(int shard) => $"{uri}: shard {shard}";

    private Task<ErrandReport> DoAsync(string what, NodeErrand errand, CancellationToken cancellationToken) =>
        pool.RunAsync(what, node => node.Errand(errand), cancellationToken);

    private NodeErrand Errand(DatasetState dataset, ErrandKind kind) => new()
    {
        Ticket = $"{_run}/{Interlocked.Increment(ref _errands)}",
        Kind = kind,
        Dataset = uri,
        RequestJson = _request ??= Encoding.UTF8.GetString(dataset.Request.ToJson()),
    };
}
