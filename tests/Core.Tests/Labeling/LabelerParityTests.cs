using HandsOff.Core.Labeling;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.Labeling;

public sealed class LabelerParityTests
{
    [Fact]
    public void The_tiny_reference_labeler_agrees()
    {
        using var reference = ReferenceLabeler.Tiny();
        AssertAgrees(reference, 24 << 20);
    }

    [Fact]
    public void The_reference_labeler_agrees()
    {
        using var reference = ReferenceLabeler.Large();
        AssertAgrees(reference, 24 << 20);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    public void Row_tiles_of_any_height_agree(long tileBytes)
    {
        using var reference = ReferenceLabeler.Tiny();
        AssertAgrees(reference, tileBytes);
    }

    [Fact]
    public void Channels_last_taps_give_the_same_bits_as_contiguous_ones()
    {
        using var scope = NewDisposeScope();
        using var reference = ReferenceLabeler.Tiny();
        using var labeler = new Labeler(reference.State);
        var last = reference.Taps.Select(t => t.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)).ToList();
        using var a = labeler.Label(reference.Taps);
        using var b = labeler.Label(last);
        Assert.True(a.Uncertainty.equal(b.Uncertainty).all().ToBoolean() && a.Score.equal(b.Score).all().ToBoolean());
    }

    [Fact]
    public void A_sample_s_bits_do_not_depend_on_its_batch()
    {
        using var scope = NewDisposeScope();
        using var reference = ReferenceLabeler.Tiny();
        using var labeler = new Labeler(reference.State);
        using var all = labeler.Label(reference.Taps);
        var swapped = tensor(new long[] { 2, 0, 1 });
        using var other = labeler.Label([.. reference.Taps.Select(t => t.index_select(0, swapped))]);
        Assert.True(all.Uncertainty.index_select(0, swapped).equal(other.Uncertainty).all().ToBoolean());
        Assert.True(all.Score.index_select(0, swapped).equal(other.Score).all().ToBoolean());
    }

    [Fact]
    public void Labeling_leaks_no_tensors()
    {
        using var reference = ReferenceLabeler.Tiny();
        using var labeler = new Labeler(reference.State);
        labeler.Label(reference.Taps).Dispose();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 3; i++) labeler.Label(reference.Taps).Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static void AssertAgrees(ReferenceLabeler reference, long tileBytes)
    {
        using var scope = NewDisposeScope();
        using var labeler = new Labeler(reference.State, tileBytes: tileBytes);
        using var labels = labeler.Label(reference.Taps);
        var logits = labeler.Outputs(reference.Taps, LabelKinds.Segmentation);

        // The reference puts members first or samples first: both are 3, so its own mode vote tells.
        var expected = reference.Expected["out.logits"];
        double scale = expected.abs().max().ToDouble();
        double samplesFirst = (logits - expected).abs().max().ToDouble() / scale;
        double membersFirst = (logits.transpose(0, 1) - expected).abs().max().ToDouble() / scale;
        Assert.InRange(Math.Min(samplesFirst, membersFirst), 0, 1e-4);
        AssertClose(reference.Expected["out.js_divergence"], labels.Uncertainty.select(1, 0));
        AssertClose(reference.Expected["out.image_uncertainty_top10pct"], labels.Score);

        // Masks may differ only where the two best logits tie within 1e-4.
        var best = expected.topk(2, 2).values;
        var tie = (best.select(2, 0) - best.select(2, 1)).abs().lt(1e-4 * scale);
        long ties = tie.sum().ToInt64();
        Assert.InRange(labels.Mask!.to(ScalarType.Float32).ne(reference.Expected["out.mask_mode_vote"]).sum().ToInt64(), 0, ties);
        Assert.InRange(labels.MeanSoftmaxMask!.to(ScalarType.Float32).ne(reference.Expected["out.mask_mean_softmax"]).sum().ToInt64(), 0, ties);
    }

    private static void AssertClose(Tensor expected, Tensor actual) =>
        Assert.InRange((expected - actual).abs().max().ToDouble() / Math.Max(1e-9, expected.abs().max().ToDouble()), 0, 1e-4);
}
