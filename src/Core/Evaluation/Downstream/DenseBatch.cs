using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Downstream;

/// <summary>What a training step sees: images [B,3,H,W], masks Int64 [B,H,W] (255 = ignore), depth over the schema's range, where it is valid and where either is known [B,H,W], keypoints [B,K,3].</summary>
internal sealed record DenseBatch(Tensor Images, Tensor? Masks, Tensor? Depth, Tensor? DepthValid, Tensor? DepthKnown, Tensor? Keypoints);
