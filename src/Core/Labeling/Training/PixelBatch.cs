using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Labeling.Training;

/// <summary>
/// Pixels of a step, Int64 [P] each. The first <see cref="Uniform"/> are drawn over all pixels and serve every head; the
/// rest lie near keypoints and serve that head alone, whose targets are rare.
/// </summary>
internal sealed record PixelBatch(Tensor Photograph, Tensor Y, Tensor X, int Uniform)
{
    /// <summary>Places in the label tensors.</summary>
    public Tensor Index(TrainingSet set) => Photograph.Times(set.Height).Plus(Y).Times(set.Width).Plus(X);

    /// <summary>The Gaussians [P, K] of keypoints that are there (v above 0), and 1 where the point is seen (v = 2).</summary>
    public (Tensor Heat, Tensor Seen) Heatmaps(TrainingSet set, double sigma)
    {
        var points = set.Keypoints!.index_select(0, Photograph);
        var distance = (points.select(2, 0) - X.unsqueeze(1)).Squared().Plus((points.select(2, 1) - Y.unsqueeze(1)).Squared());
        var v = points.select(2, 2);
        return (distance.Times(-0.5 / (sigma * sigma)).exp() * v.gt(Scalars.Of(0)), v.ge(Scalars.Of(1.5)).to(ScalarType.Float32));
    }
}
