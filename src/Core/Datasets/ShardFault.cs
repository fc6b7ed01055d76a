namespace HandsOff.Core.Datasets;

/// <summary>What is wrong with a shard (or, where Shard is null, with the dataset), in one line.</summary>
public sealed record ShardFault(int? Shard, string What);
