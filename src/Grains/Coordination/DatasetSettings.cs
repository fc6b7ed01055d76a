namespace HandsOff.Grains.Coordination;

/// <summary>What a user may change while a dataset is being made. Outlives all silos in the cluster's catalog.</summary>
/// <param name="Weight">Its part of the nodes' time beside others of its priority; above 0.</param>
/// <param name="Priority">Higher ones are served first.</param>
/// <param name="Paused">No shard is begun.</param>
public sealed record DatasetSettings(double Weight = 1, int Priority = 0, bool Paused = false);
