namespace HandsOff.Grains.Coordination;

/// <summary>A shard whose blobs did not stand the reading back; they have been removed, so that it can be made again.</summary>
public sealed record FaultyShard(int Shard, string Reason);
