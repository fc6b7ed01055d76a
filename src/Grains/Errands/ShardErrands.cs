using System.Collections.Immutable;
using System.Text;
using HandsOff.Core;
using HandsOff.Core.Datasets;
using HandsOff.Core.Datasets.Checking;
using HandsOff.Core.Storage;
using HandsOff.Grains.Nodes;

namespace HandsOff.Grains.Errands;

/// <summary>Does errands with the pairs loaded on a device.</summary>
/// <param name="pairs">The device's.</param>
/// <param name="open">Opens a dataset's store.</param>
internal sealed class ShardErrands(LoadedPairs pairs, Func<string, Task<IBlobStore>> open)
{
    public async Task<ErrandReport> DoAsync(NodeErrand errand, string node, CancellationToken cancellationToken)
    {
        try
        {
            var request = DatasetRequest.FromJson(Encoding.UTF8.GetBytes(errand.RequestJson), $"{errand.Dataset}/{DatasetBlobs.Request}");
            return errand.Kind switch
            {
                ErrandKind.Ready => await ReadyAsync(request),
                ErrandKind.Check => await CheckAsync(errand, request, cancellationToken),
                ErrandKind.Regenerate => await RegenerateAsync(errand, request, cancellationToken),
                ErrandKind.Make => await MakeAsync(errand, request, node, cancellationToken),
                _ => throw new HandsOffException($"node '{node}': knows no errand {(int)errand.Kind}; all silos should be of one version"),
            };
        }
        catch (Exception e) when (e is not HandsOffException && !cancellationToken.IsCancellationRequested && StoreOutage.Is(e))
        {
            throw new HandsOffException($"the store does not answer: {e.Message.ReplaceLineEndings(" ")}", HandsOffException.Failed, e) { IsTransient = true };
        }
    }

    private async Task<ErrandReport> ReadyAsync(DatasetRequest request)
    {
        await using var use = await pairs.UseAsync(request.Pair);
        use.Pair.Device.Engine.Require(request);
        return new ErrandReport();
    }

    private async Task<ErrandReport> CheckAsync(NodeErrand errand, DatasetRequest request, CancellationToken cancellationToken)
    {
        var fault = await ShardExaminer.CheckAsync(await open(errand.Dataset), request, Content(errand), cancellationToken);
        return new ErrandReport { Faults = fault is null ? [] : [fault.What] };
    }

    private async Task<ErrandReport> RegenerateAsync(NodeErrand errand, DatasetRequest request, CancellationToken cancellationToken)
    {
        await using var use = await pairs.UseAsync(request.Pair);
        var choice = new SampleChoice(errand.Share, errand.ChoiceSeed, errand.Always);
        var report = await ShardExaminer.RegenerateAsync(await open(errand.Dataset), request, use.Pair.Device, Content(errand), choice, cancellationToken);
        return new ErrandReport
        {
            Faults = [.. report.Faults.Select(f => f.What)],
            Compared = report.Compared,
            Identical = report.Identical,
            AcrossKernelClasses = report.AcrossKernelClasses,
        };
    }

    private async Task<ErrandReport> MakeAsync(NodeErrand errand, DatasetRequest request, string node, CancellationToken cancellationToken)
    {
        await using var use = await pairs.UseAsync(request.Pair);
        var range = new ShardRange(errand.Shard, errand.First, errand.Count, IsShort: errand.Count < request.ShardSize);
        return new ErrandReport { Made = await ShardExaminer.MakeAsync(await open(errand.Dataset), request, use.Pair.Pipeline, range, node, cancellationToken) };
    }

    private static ManifestShard Content(NodeErrand errand) => errand.Content ?? throw new HandsOffException($"{errand.Dataset}: an errand without a shard");
}
