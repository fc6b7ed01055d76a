using HandsOff.Core.Evaluation.Downstream;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>A set of labelled images that is loaded only where it is needed.</summary>
/// <param name="Digest">What it depends on.</param>
/// <param name="Load">Loads it; the loaded set is the caller's.</param>
internal sealed record SetSource(string Digest, Func<DenseSet> Load);
