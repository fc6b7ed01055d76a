using System.Collections.Concurrent;
using System.Text;
using HandsOff.Core;
using HandsOff.Core.Catalog;
using HandsOff.Core.Datasets;
using HandsOff.Core.Storage;
using HandsOff.Grains.Coordination;

namespace HandsOff.Silo.Api;

/// <summary>Datasets by name: what is on storage, and the coordinators that look after them.</summary>
internal sealed class DatasetService(ClusterStore cluster, PairService pairs, IGrainFactory grains, TimeProvider time)
{
    private const int MostKnown = 256;
    private static readonly TimeSpan s_age = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, (DateTimeOffset Read, DatasetState State)> _states = new(StringComparer.Ordinal);

    /// <summary>Raised with the name of a dataset that somebody has just changed here.</summary>
    public event Action<string>? Touched;

    /// <summary>What is on storage, at most a few seconds old.</summary>
    /// <exception cref="NotFoundException">There is no such dataset.</exception>
    public async Task<DatasetState> StateAsync(string name, CancellationToken cancellationToken) =>
        await FindStateAsync(name, cancellationToken) ?? throw Missing(name);

    /// <inheritdoc cref="StateAsync"/>
    /// <returns>Null when there is none.</returns>
    public async Task<DatasetState?> FindStateAsync(string name, CancellationToken cancellationToken)
    {
        if (!DatasetName.IsValid(name)) return null;
        if (_states.TryGetValue(name, out var known) && time.GetUtcNow() - known.Read < s_age) return known.State;
        IBlobStore store;
        try
        {
            store = await BlobStores.OpenAsync(cluster.Dataset(name), create: false, cancellationToken);
        }
        catch (HandsOffException) when (!BlobStores.IsAzure(cluster.Uri) && !Directory.Exists(cluster.Dataset(name)))
        {
            return null;
        }

        var state = await DatasetState.FindAsync(store, cancellationToken);
        if (_states.Count >= MostKnown) _states.Clear();
        if (state is not null) _states[name] = (time.GetUtcNow(), state);
        return state;
    }

    /// <summary>The figures, from the coordinator.</summary>
    /// <exception cref="NotFoundException">There is no such dataset.</exception>
    public async Task<DatasetStatus> StatusAsync(string name, CancellationToken cancellationToken)
    {
        return await AskAsync(name, c => c.Status(), cancellationToken);
    }

    /// <summary>Submits the dataset, or goes on with the one that is there when it is of the same request.</summary>
    /// <exception cref="HandsOffException">The request is wrong (exit code 2), or does not fit what is there.</exception>
    public async Task<DatasetStatus> SubmitAsync(Submission submission, CancellationToken cancellationToken)
    {
        string name = DatasetName.Check(submission.Name);
        if (submission.Weight is { } w) _ = new CatalogEntry(name, w).Validate();
        var request = await pairs.ResolveAsync(submission, submission.Samples, cancellationToken);
        if (submission.ShardSize is null && await FindStateAsync(name, cancellationToken) is { } there) request = request with { ShardSize = there.Request.ShardSize };
        await pairs.ProvideAsync(request.Pair, cancellationToken);
        var order = new DatasetOrder(Encoding.UTF8.GetString(request.ToJson()), submission.Samples, Extend: false, submission.Weight, submission.Priority);
        return Followed(name, await Coordinator(name).Start(order).WaitAsync(cancellationToken));
    }

    /// <summary>Asks for more samples of the same.</summary>
    public async Task<DatasetStatus> ExtendAsync(string name, long samples, CancellationToken cancellationToken)
    {
        var state = await StateAsync(name, cancellationToken);
        if (samples < 1) throw HandsOffException.Usage($"samples {samples}: should be 1 or more");
        var order = new DatasetOrder(Encoding.UTF8.GetString(state.Request.ToJson()), samples, Extend: true);
        return Followed(name, await Coordinator(name).Start(order).WaitAsync(cancellationToken));
    }

    /// <summary>Gives a dataset that is there a command.</summary>
    public async Task<DatasetStatus> ControlAsync(string name, Func<IDatasetCoordinatorGrain, Task<DatasetStatus>> command, CancellationToken cancellationToken)
    {
        return Followed(name, await AskAsync(name, command, cancellationToken));
    }

    /// <summary>The coordinator's answer, which comes whether the store answers or not; the store is looked at only when it knows nothing of the dataset.</summary>
    private async Task<DatasetStatus> AskAsync(string name, Func<IDatasetCoordinatorGrain, Task<DatasetStatus>> call, CancellationToken cancellationToken)
    {
        if (!DatasetName.IsValid(name)) throw Missing(name);
        var status = await call(Coordinator(name)).WaitAsync(cancellationToken);
        if (status is { Phase: DatasetPhase.Unknown or DatasetPhase.Opening, Samples: 0 } && await FindStateAsync(name, cancellationToken) is null) throw Missing(name);
        return status;
    }

    private static NotFoundException Missing(string name) => new($"dataset '{name}': there is none of this name");

    private IDatasetCoordinatorGrain Coordinator(string name) => grains.GetGrain<IDatasetCoordinatorGrain>(cluster.Dataset(name));

    /// <summary>The answer of a command that was followed; one that was refused is the user's to mend.</summary>
    private DatasetStatus Followed(string name, DatasetStatus status)
    {
        _states.TryRemove(name, out _);
        Touched?.Invoke(name);
        if (status.Refused.Length > 0) throw new HandsOffException($"dataset '{name}': {status.Refused}");
        return status is { Phase: DatasetPhase.Failed, ExitCode: HandsOffException.WrongUsage } ? throw new HandsOffException($"dataset '{name}': {status.Message}") : status;
    }
}
