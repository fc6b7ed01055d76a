namespace HandsOff.Core.Datasets;

/// <summary>What a repair found and did.</summary>
/// <param name="Found">What was wrong.</param>
/// <param name="Remade">Shards made again.</param>
/// <param name="Changed">Of those, shards whose bytes are no longer what the manifest said (another kernel class); the manifest now says what is there.</param>
public sealed record RepairReport(IReadOnlyList<ShardFault> Found, IReadOnlyList<int> Remade, IReadOnlyList<int> Changed);
