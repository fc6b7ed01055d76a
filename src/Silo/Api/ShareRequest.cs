namespace HandsOff.Silo.Api;

/// <summary>A dataset's claim on the nodes; what is null stays as it is.</summary>
/// <param name="Weight">Its part of the nodes' time beside others of its priority; above 0.</param>
/// <param name="Priority">Higher ones are served first.</param>
public sealed record ShareRequest(double? Weight = null, int? Priority = null);
