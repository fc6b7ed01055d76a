namespace HandsOff.Core.Datasets.Checking;

/// <summary>What came of making samples of a shard again.</summary>
/// <param name="Faults">Samples that came out otherwise.</param>
/// <param name="Compared">Samples made again.</param>
/// <param name="Identical">Of those, equal to the bit.</param>
/// <param name="AcrossKernelClasses">They were compared with tolerance.</param>
public sealed record RegenerationReport(IReadOnlyList<ShardFault> Faults, int Compared, int Identical, bool AcrossKernelClasses);
