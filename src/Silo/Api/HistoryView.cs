namespace HandsOff.Silo.Api;

/// <summary>Throughput over the last half hour, as this silo saw it.</summary>
/// <param name="Seconds">Unix times of the points.</param>
/// <param name="Rate">Samples a second of all datasets.</param>
/// <param name="Datasets">Samples a second by dataset; null where it was not running.</param>
public sealed record HistoryView(IReadOnlyList<double> Seconds, IReadOnlyList<double> Rate, IReadOnlyDictionary<string, IReadOnlyList<double?>> Datasets);
