using HandsOff.Grains.Coordination;
using HandsOff.Grains.Diagnostics;
using HandsOff.Grains.Nodes;
using HandsOff.Grains.Placement;
using HandsOff.Grains.Scheduling;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Hosting;

namespace HandsOff.Grains;

/// <summary>Adds HandsOff's grains and nodes to a silo.</summary>
public static class GrainsHosting
{
    /// <summary>
    /// Adds placement, instruments and the workers of the silo's devices. The host must also register an
    /// <see cref="INodeDevices"/>.
    /// </summary>
    public static ISiloBuilder AddHandsOff(this ISiloBuilder silo)
    {
        var services = silo.Services;
        services.AddPlacementDirector<OnNamedSilo, OnNamedSiloDirector>();
        services.AddMetrics();
        silo.AddActivityPropagation();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(new LedgerOptions());
        services.TryAddSingleton<IDatasetStorage, DatasetStorage>();
        services.TryAddSingleton<HandsOffMeter>();
        services.TryAddSingleton<StoreMeter>();
        services.TryAddSingleton<NodeGauges>();
        services.TryAddSingleton<DatasetGauges>();
        services.TryAddSingleton<LocalNodes>();
        services.TryAddSingleton<ISampleService, SampleService>();
        services.AddOptions<SampleOptions>().ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<NodeOptions>().ValidateDataAnnotations().ValidateOnStart();
        services.AddHostedService<NodeHost>();
        return silo;
    }
}
