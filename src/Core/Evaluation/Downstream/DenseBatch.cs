using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Downstream;

/// <summary>What a training step sees: images [B,3,H,W], masks Int64 [B,H,W] (255 = ignore), depth over the schema's range and where it is valid [B,H,W], keypoints [B,K,3].</summary>
internal sealed record DenseBatch(Tensor Images, Tensor? Masks, Tensor? Depth, Tensor? DepthValid, Tensor? Keypoints);
