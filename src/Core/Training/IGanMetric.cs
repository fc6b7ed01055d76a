using HandsOff.Core.StyleGan2;

namespace HandsOff.Core.Training;

/// <summary>A figure of a generator's quality, lower is better, measured while it trains.</summary>
public interface IGanMetric
{
    /// <summary>Its name in the log and on plots.</summary>
    string Name { get; }

    /// <summary>What real images score against other real images: the value that a perfect generator would have.</summary>
    double Floor { get; }

    /// <summary>Measures the generator; must not change it nor draw from any shared random state.</summary>
    double Measure(Generator generator, CancellationToken cancellationToken);
}
