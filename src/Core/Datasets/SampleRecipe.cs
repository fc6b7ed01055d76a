using HandsOff.Core.Labeling;
using HandsOff.Core.StyleGan2;

namespace HandsOff.Core.Datasets;

/// <summary>The part of a request that, with a key and a pair, fixes a sample's bits.</summary>
public sealed record SampleRecipe(ulong Seed, float Truncation, int? TruncationCutoff, NoiseMode Noise, LabelKinds Labels);
