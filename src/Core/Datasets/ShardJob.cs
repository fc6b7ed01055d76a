using HandsOff.Core.Storage;

namespace HandsOff.Core.Datasets;

/// <summary>A shard to make: where it goes, what it holds, which samples, and who makes it (silo/device, for the receipt).</summary>
public sealed record ShardJob(IBlobStore Store, DatasetRequest Request, ShardRange Range, string Node);
