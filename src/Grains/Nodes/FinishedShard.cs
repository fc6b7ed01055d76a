using HandsOff.Grains.Coordination;

namespace HandsOff.Grains.Nodes;

/// <summary>A shard that a node works on no more: made (<paramref name="Done"/>), or ended by <paramref name="Error"/>.</summary>
internal sealed record FinishedShard(ShardWork Work, ShardDone? Done, Exception? Error);
