namespace HandsOff.Core.Datasets;

/// <summary>Which draw of which sample: with the request's seed it fixes the latent (Philox counter words).</summary>
public readonly record struct SampleKey(long Index, int Attempt);
