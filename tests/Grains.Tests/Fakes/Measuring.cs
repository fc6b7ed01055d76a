using System.Diagnostics.Metrics;
using HandsOff.Grains.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace HandsOff.Grains.Tests.Fakes;

/// <summary>Instruments that nobody reads, for what cannot do without.</summary>
internal static class Measuring
{
    public static StoreMeter Stores() => new(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>(), TimeProvider.System);
}
