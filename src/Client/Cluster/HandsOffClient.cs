using System.Text;
using HandsOff.Core;
using HandsOff.Core.Catalog;
using HandsOff.Core.Datasets;
using HandsOff.Core.Pairs;
using HandsOff.Core.Storage;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Nodes;
using HandsOff.Grains.Scheduling;

namespace HandsOff.Client.Cluster;

/// <summary>
/// A client of a cluster: submits datasets, follows and steers them, opens them for reading. Calls are repeated while silos come and go; what the user
/// can mend is a <see cref="HandsOffException"/> of one line. Safe for several callers at once.
/// </summary>
public sealed partial class HandsOffClient : IAsyncDisposable
{
    private const int AtOnce = 16;
    private static readonly TimeSpan s_opening = TimeSpan.FromSeconds(20), s_look = TimeSpan.FromMilliseconds(100);

    private readonly IGrainFactory _grains;
    private readonly HandsOffClientOptions _options;
    private readonly IAsyncDisposable? _connection;
    private readonly TimeProvider _time;
    private readonly ClusterCalls _calls;
    private IBlobStore? _root;

    internal HandsOffClient(IGrainFactory grains, HandsOffClientOptions options, IAsyncDisposable? connection, TimeProvider time)
    {
        (_grains, _options, _connection, _time) = (grains, options, connection, time);
        _calls = new ClusterCalls(Name, options.Patience, time);
    }

    private string Name => $"cluster '{_options.Cluster}'";

    private string Store => _options.Store ?? throw HandsOffException.Usage("--store is needed: the cluster's store, a folder or az:CONTAINER[/PREFIX] (or the setting HandsOff:Store, HANDSOFF__Store)");

    /// <summary>Connects to a running cluster.</summary>
    /// <exception cref="HandsOffException">Redis cannot be reached, or no silo of the cluster answers in <see cref="HandsOffClientOptions.ConnectTimeout"/>.</exception>
    public static async Task<HandsOffClient> ConnectAsync(HandsOffClientOptions options, CancellationToken cancellationToken = default)
    {
        options.Validate();
        var connection = await ClusterConnection.OpenAsync(options, TimeProvider.System, cancellationToken);
        return new HandsOffClient(connection.Grains, options, connection, TimeProvider.System);
    }

    /// <summary>
    /// Asks for a dataset, or goes on with the one of this name and request. Pair, request and name are checked and the pair is put into the
    /// cluster's library before anything is begun. The same call again changes nothing.
    /// </summary>
    /// <exception cref="HandsOffException">Something is wrong with name, pair or request (exit code 2), or the name is another request's.</exception>
    public async Task<DatasetStatus> SubmitAsync(DatasetSubmission submission, CancellationToken cancellationToken = default)
    {
        string name = DatasetName.Check(submission.Name);
        CheckShare(submission.Weight);
        var root = await RootAsync(create: true, cancellationToken);
        var library = ClusterPairs.Library(root, _options.CacheFolder);
        var pair = await ClusterPairs.FindAsync(submission.Pair, library, cancellationToken);
        var request = PairRequests.Create(pair, submission.Options, submission.Samples);
        if (await FindAsync(name, cancellationToken) is { } there)
        {
            // A shard size that was not asked for is the existing dataset's; all else must be as it is.
            if (submission.Options.ShardSize is null) request = request with { ShardSize = there.Request.ShardSize };
            if (request.Sha256() != there.RequestSha256)
                throw new HandsOffException($"dataset '{name}': there is one of another request ({string.Join("; ", request.Differences(there.Request))}); choose another name or ask for the same");
        }

        await library.PutAsync(pair, cancellationToken);
        return await StartAsync(name, new DatasetOrder(Encoding.UTF8.GetString(request.ToJson()), submission.Samples, false, submission.Weight, submission.Priority), cancellationToken);
    }

    /// <summary>Makes a dataset larger: its samples stay, new shards are made.</summary>
    /// <exception cref="HandsOffException">There is no such dataset; it was cancelled; it has more samples.</exception>
    public async Task<DatasetStatus> ExtendAsync(string name, long samples, CancellationToken cancellationToken = default)
    {
        var there = await NeedAsync(name, cancellationToken);
        if (there.IsCancelled) throw new HandsOffException($"dataset '{name}': was cancelled; submit it under another name");
        if (samples < there.Samples) throw HandsOffException.Usage($"dataset '{name}': has {there.Samples} samples asked for; {samples} are fewer, and samples are never removed");
        return await StartAsync(name, new DatasetOrder(Encoding.UTF8.GetString(there.Request.ToJson()), samples, Extend: true), cancellationToken);
    }

    /// <summary>All datasets of the cluster's store, by name: those being made as their coordinators see them, the others as they lie there.</summary>
    public async Task<IReadOnlyList<(string Name, DatasetStatus Status)>> ListAsync(CancellationToken cancellationToken = default)
    {
        var catalog = new DatasetCatalog(await RootAsync(create: false, cancellationToken));
        var open = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var entry in catalog.OpenAsync(cancellationToken)) open.Add(entry.Name);
        var names = new List<string>();
        await foreach (string name in catalog.NamesAsync(cancellationToken)) names.Add(name);
        var all = new DatasetStatus?[names.Count];
        await Parallel.ForAsync(0, names.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (i, cancel) =>
        {
            try
            {
                if (open.Contains(names[i])) all[i] = await _calls.AskAsync(Coordinator(names[i]).Status, cancel);
                else if (await FindAsync(names[i], cancel) is { } state) all[i] = StoredStatus.Of(state);
            }
            catch (HandsOffException e)
            {
                all[i] = new DatasetStatus { Dataset = UriOf(names[i]), Phase = DatasetPhase.Unknown, Message = e.Message };
            }
        });
        return [.. names.Zip(all).Where(e => e.Second is not null).Select(e => (e.First, e.Second!))];
    }

    /// <summary>A dataset's figures now.</summary>
    /// <exception cref="HandsOffException">There is no such dataset.</exception>
    public async Task<DatasetStatus> StatusAsync(string name, CancellationToken cancellationToken = default)
    {
        var status = await SettledAsync(name, null, cancellationToken);
        return status.Phase == DatasetPhase.Unknown ? StoredStatus.Of(await NeedAsync(name, cancellationToken)) : status;
    }

    /// <summary>
    /// Follows a dataset to its end: the last status is over. Outlives any silo; while nobody answers it yields the last figures with a message, and an end that
    /// nobody can tell is read from the store.
    /// </summary>
    /// <exception cref="HandsOffException">There is no such dataset, or the cluster was silent for <see cref="HandsOffClientOptions.WatchPatience"/>.</exception>
    public async IAsyncEnumerable<DatasetStatus> WatchAsync(
        string name, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var watch = new DatasetWatch(
            Name, Coordinator(name).Status, async cancel => StoredStatus.Of(await NeedAsync(name, cancel)), _options, _time);
        await foreach (var status in watch.RunAsync(cancellationToken)) yield return status;
    }

    /// <summary>Begins no further shard of the dataset until it is resumed.</summary>
    /// <exception cref="HandsOffException">There is no such dataset, or nothing to pause.</exception>
    public Task<DatasetStatus> PauseAsync(string name, CancellationToken cancellationToken = default) => CommandAsync(name, c => c.Pause(), cancellationToken);

    /// <summary>Goes on with a paused, stopped or failed dataset.</summary>
    /// <exception cref="HandsOffException">There is no such dataset, or nothing to resume.</exception>
    public Task<DatasetStatus> ResumeAsync(string name, CancellationToken cancellationToken = default) => CommandAsync(name, c => c.Resume(), cancellationToken);

    /// <summary>Gives a dataset up for good; what is committed stays.</summary>
    /// <exception cref="HandsOffException">There is no such dataset, or it is complete.</exception>
    public Task<DatasetStatus> CancelAsync(string name, CancellationToken cancellationToken = default) => CommandAsync(name, c => c.Cancel(), cancellationToken);

    /// <summary>Changes a dataset's part of the nodes' time; null leaves a figure as it is.</summary>
    /// <exception cref="HandsOffException">There is no such dataset, it is over, or the weight is out of its range.</exception>
    public async Task<DatasetStatus> ReprioritiseAsync(string name, double? weight, int? priority, CancellationToken cancellationToken = default)
    {
        CheckShare(weight);
        var now = await StatusAsync(name, cancellationToken);
        return await CommandAsync(name, c => c.Reprioritise(weight ?? now.Weight, priority ?? now.Priority), cancellationToken);
    }

    /// <summary>The nodes that were heard of lately, by name.</summary>
    public async Task<IReadOnlyList<NodeStatus>> NodesAsync(CancellationToken cancellationToken = default) =>
        await _calls.AskAsync(() => _grains.GetGrain<IClusterSchedulerGrain>(0).Nodes(), cancellationToken);

    /// <summary>Tells a node (<c>silo/device</c>), or all of a silo, to finish what it has and take nothing new; or to take work again.</summary>
    /// <returns>The nodes that were told.</returns>
    /// <exception cref="HandsOffException">There is no such node.</exception>
    public async Task<IReadOnlyList<string>> DrainAsync(string node, bool undo = false, CancellationToken cancellationToken = default)
    {
        var all = await NodesAsync(cancellationToken);
        string[] meant = [.. all.Select(n => n.Node).Where(n => n == node || n.StartsWith(node + "/", StringComparison.Ordinal))];
        if (meant.Length == 0)
            throw new HandsOffException($"node '{node}': the cluster has none of that name ({(all.Count == 0 ? "it has none at all" : $"it has {string.Join(", ", all.Take(10).Select(n => n.Node))}{(all.Count > 10 ? ", ..." : "")}")})");
        foreach (string one in meant)
        {
            var grain = _grains.GetGrain<IGpuNodeGrain>(one);
            await _calls.TellAsync(undo ? grain.Resume : grain.Drain, cancellationToken);
        }

        return meant;
    }

    /// <summary>Opens a dataset for reading; of an unfinished one what is committed can be read.</summary>
    /// <exception cref="HandsOffException">There is no such dataset.</exception>
    public async Task<DatasetReader> OpenAsync(string name, CancellationToken cancellationToken = default) => new(await NeedAsync(name, cancellationToken));

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null) await _connection.DisposeAsync();
    }

    private static void CheckShare(double? weight)
    {
        if (weight is { } w) new CatalogEntry("x", w).Validate();
    }

    private string UriOf(string name) => BlobStores.Combine(Store, DatasetName.Check(name));

    private IDatasetCoordinatorGrain Coordinator(string name) => _grains.GetGrain<IDatasetCoordinatorGrain>(UriOf(name));

    private async Task<IBlobStore> RootAsync(bool create, CancellationToken cancellationToken) => _root ??= await BlobStores.OpenAsync(Store, create, cancellationToken);

    private async Task<DatasetState?> FindAsync(string name, CancellationToken cancellationToken) =>
        await DatasetState.FindAsync(new PrefixStore(await RootAsync(create: false, cancellationToken), DatasetName.Check(name)), cancellationToken);

    private async Task<DatasetState> NeedAsync(string name, CancellationToken cancellationToken) =>
        await FindAsync(name, cancellationToken) ?? throw new HandsOffException($"dataset '{name}': there is none of that name in {Store}; 'handsoff list' shows them");

    private async Task<DatasetStatus> StartAsync(string name, DatasetOrder order, CancellationToken cancellationToken)
    {
        var coordinator = Coordinator(name);
        var status = await SettledAsync(name, await _calls.AskAsync(() => coordinator.Start(order), cancellationToken), cancellationToken);
        return status.Phase == DatasetPhase.Failed ? throw new HandsOffException(status.Message, status.ExitCode == 0 ? HandsOffException.Failed : status.ExitCode) : Followed(status);
    }

    private async Task<DatasetStatus> CommandAsync(string name, Func<IDatasetCoordinatorGrain, Task<DatasetStatus>> command, CancellationToken cancellationToken)
    {
        // The coordinator first: it answers whether the store does or not.
        var status = await _calls.AskAsync(() => command(Coordinator(name)), cancellationToken);
        if (status.Phase == DatasetPhase.Unknown) await NeedAsync(name, cancellationToken);
        return Followed(status);
    }

    /// <summary>The figures once the receipts are listed, or after a while as they are.</summary>
    private async Task<DatasetStatus> SettledAsync(string name, DatasetStatus? status, CancellationToken cancellationToken)
    {
        long started = _time.GetTimestamp();
        status ??= await _calls.AskAsync(Coordinator(name).Status, cancellationToken);
        while (status.Phase == DatasetPhase.Opening && status.Refused.Length == 0 && _time.GetElapsedTime(started) < s_opening)
        {
            await Task.Delay(s_look, _time, cancellationToken);
            status = await _calls.AskAsync(Coordinator(name).Status, cancellationToken);
        }

        return status;
    }

    private static DatasetStatus Followed(DatasetStatus status) =>
        status.Refused.Length == 0 ? status : throw HandsOffException.Usage(status.Refused);
}
