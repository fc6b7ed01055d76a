namespace HandsOff.Silo.Api;

/// <summary>What a request would take, from a micro-batch made just now on one of the nodes.</summary>
/// <param name="Samples">Samples asked for.</param>
/// <param name="Shards">Shards they come in.</param>
/// <param name="ShardSize">Samples a shard.</param>
/// <param name="Bytes">Bytes on storage.</param>
/// <param name="BytesPerSample">Of the samples tried, with their share of tar, table and index.</param>
/// <param name="DrawsPerSample">Draws a sample needs under the uncertainty cut.</param>
/// <param name="Nodes">Nodes that take work.</param>
/// <param name="Rate">Samples a second of all of them.</param>
/// <param name="Seconds">If it has the cluster for itself.</param>
/// <param name="Share">The part of the nodes' time that it gets beside the datasets that are running now; 0: it waits for ones of higher priority.</param>
/// <param name="SecondsNow">With that share; null when it waits, or when there is no node.</param>
/// <param name="TriedSamples">Samples tried.</param>
public sealed record Estimate(
    long Samples, int Shards, int ShardSize, double Bytes, double BytesPerSample, double DrawsPerSample, int Nodes, double Rate, double? Seconds, double Share, double? SecondsNow, int TriedSamples);
