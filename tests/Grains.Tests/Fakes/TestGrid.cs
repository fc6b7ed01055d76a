using HandsOff.Grains.Coordination;
using HandsOff.Grains.Diagnostics;
using HandsOff.Grains.Nodes;
using HandsOff.Grains.Scheduling;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.TestingHost;

namespace HandsOff.Grains.Tests.Fakes;

/// <summary>An in-process cluster of silos with two fake devices each, over one store.</summary>
internal sealed class TestGrid : IAsyncDisposable
{
    private TestGrid(InProcessTestCluster cluster, FakeStore store, FakeWork work) => (Cluster, Store, Work) = (cluster, store, work);

    public InProcessTestCluster Cluster { get; }

    public FakeStore Store { get; }

    public FakeWork Work { get; }

    public static async Task<TestGrid> StartAsync(short silos = 1, LedgerOptions? options = null)
    {
        var (store, work) = (new FakeStore(), new FakeWork());
        var builder = new InProcessTestClusterBuilder(silos);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton(options ?? new LedgerOptions { LeaseTime = TimeSpan.FromSeconds(4), FirstBackoff = TimeSpan.FromMilliseconds(20) });
            silo.Services.AddSingleton<IDatasetStorage>(store);
            silo.Services.AddSingleton<INodeDevices>(new FakeDevices(store, work));
            silo.Services.Configure<NodeOptions>(o => o.Heartbeat = o.IdlePoll = TimeSpan.FromMilliseconds(50));
            silo.Services.AddLogging(l => l.ClearProviders());
            silo.AddHandsOff();
        });
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new TestGrid(cluster, store, work);
    }

    public IDatasetCoordinatorGrain Dataset(string name) => Cluster.Client.GetGrain<IDatasetCoordinatorGrain>(name);

    /// <summary>The status once it satisfies the condition.</summary>
    public async Task<DatasetStatus> UntilAsync(string dataset, Func<DatasetStatus, bool> condition)
    {
        DatasetStatus? last = null;
        for (int i = 0; i < 3000; i++)
        {
            try
            {
                last = await Dataset(dataset).Status();
                if (condition(last)) return last;
            }
            catch (Exception e) when (ClusterTrouble.Is(e, CancellationToken.None))
            {
                // A silo is being killed: ask again.
            }

            await Task.Delay(20);
        }

        throw new TimeoutException($"60 s are over; last: {last}");
    }

    /// <summary>Makes a call; a silo that is being killed may answer it with an error.</summary>
    public async Task TellAsync(Func<IClusterClient, Task> call)
    {
        try
        {
            await call(Cluster.Client);
        }
        catch (Exception e) when (ClusterTrouble.Is(e, CancellationToken.None))
        {
            // Told again.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.StopAllSilosAsync();
        await Cluster.DisposeAsync();
    }
}
