using HandsOff.Core.Labeling;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Bench.Labeling;

/// <summary>
/// The labeler as the method is usually written: every tap upsampled into one hypercolumn (written into place, no second
/// copy), then each member's layers over all its pixels, one member after another.
/// </summary>
internal sealed class HypercolumnLabeler(LabelerState state)
{
    /// <summary>Taps of one sample [1, C, h, w] to mask [H*W], divergence [H*W] and image score.</summary>
    public (Tensor Mask, Tensor Divergence, Tensor Score) Label(IReadOnlyList<Tensor> taps)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var config = state.Config;
        var hypercolumn = empty([config.Features, config.Height, config.Width]);
        long at = 0;
        foreach (var tap in taps)
        {
            using var inner = NewDisposeScope();
            bool full = tap.shape[2] == config.Height && tap.shape[3] == config.Width;
            var up = full ? tap : nn.functional.interpolate(tap, [config.Height, config.Width], mode: InterpolationMode.Bilinear, align_corners: false);
            hypercolumn.narrow(0, at, tap.shape[1]).copy_(up[0]);
            at += tap.shape[1];
        }

        var pixels = hypercolumn.view(config.Features, -1).t();
        var logits = stack([.. Enumerable.Range(0, config.Members).Select(m => Member(pixels, m))]);
        var (vote, _, divergence) = SegmentationDecoder.Decode(logits);
        long top = (long)(0.1 * config.Width * config.Height);
        return (vote.MoveToOuterDisposeScope(), divergence.MoveToOuterDisposeScope(), divergence.topk((int)top, 0).values.mean().MoveToOuterDisposeScope());
    }

    private Tensor Member(Tensor pixels, int member)
    {
        using var scope = NewDisposeScope();
        Tensor Of(string key) => state.Of(state.Config.Heads[0], member, key);
        Tensor Norm(Tensor x, string layer) => nn.functional.batch_norm(
            x, Of($"{layer}.running_mean"), Of($"{layer}.running_var"), Of($"{layer}.weight"), Of($"{layer}.bias"), training: false);
        var hidden = Norm(nn.functional.linear(pixels, Of("layers.0.weight"), Of("layers.0.bias")).relu_(), "layers.2");
        hidden = Norm(nn.functional.linear(hidden, Of("layers.3.weight"), Of("layers.3.bias")).relu_(), "layers.5");
        return nn.functional.linear(hidden, Of("layers.6.weight"), Of("layers.6.bias")).t().contiguous().MoveToOuterDisposeScope();
    }
}
