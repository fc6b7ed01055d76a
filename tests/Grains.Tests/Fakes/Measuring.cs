using System.Diagnostics.Metrics;
using HandsOff.Grains.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace HandsOff.Grains.Tests.Fakes;

/// <summary>Instruments that nobody reads, for what cannot do without.</summary>
internal static class Measuring
{
    private static readonly StoreMeter s_stores = new(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>(), TimeProvider.System);

    public static StoreMeter Stores() => s_stores;
}
