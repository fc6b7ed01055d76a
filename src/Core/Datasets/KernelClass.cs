namespace HandsOff.Core.Datasets;

/// <summary>What must be equal for bytes to be equal: torch version, device architecture, dtype and micro-batch.</summary>
public sealed record KernelClass(string Torch, string Device, string Dtype, int MicroBatch);
