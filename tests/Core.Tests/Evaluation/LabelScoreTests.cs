using HandsOff.Core.Evaluation;

namespace HandsOff.Core.Tests.Evaluation;

public sealed class LabelScoreTests
{
    [Fact]
    public void Iou_is_pooled_over_images_and_leaves_out_ignored_pixels()
    {
        var score = new SegmentationScore(4);
        score.Add([0, 0, 1, 1], [0, 1, 1, 255]);
        score.Add([0, 2, 1, 255], [0, 2, 2, 1]);

        // class 0: 2 hits, 2 true, 3 predicted -> 2/3; 1: 1 hit, 3 true, 2 predicted (the ignored pixel does not count) -> 1/4;
        // 2: 1 hit, 2 true, 1 predicted -> 1/2; 3 occurs nowhere.
        Assert.Equal(2 / 3.0, score.Iou(0), 12);
        Assert.Equal(1 / 4.0, score.Iou(1), 12);
        Assert.Equal(1 / 2.0, score.Iou(2), 12);
        Assert.True(double.IsNaN(score.Iou(3)));
        Assert.Equal((2 / 3.0 + 1 / 4.0 + 1 / 2.0) / 3, score.MeanIou, 12);
        Assert.Equal(4 / 7.0, score.PixelAccuracy, 12);
        Assert.Equal(7, score.Pixels);
    }

    [Fact]
    public void Masks_of_different_length_or_with_unknown_truth_are_refused()
    {
        var score = new SegmentationScore(2);
        Assert.Throws<ArgumentException>(() => score.Add([0], [0, 1]));
        Assert.Throws<ArgumentException>(() => score.Add([0], [2]));
    }

    [Fact]
    public void Keypoints_are_correct_within_alpha_of_the_longer_box_side()
    {
        var score = new KeypointScore(4, alpha: 0.1);
        // True box: 40 wide, 20 high -> size 40, tolerance 4.
        float[] truth = [10, 10, 2, 50, 10, 1, 30, 30, 2, 0, 0, 0];
        float[] predicted = [10, 14, 2, 50, 15, 2, 30, 30, 0, 99, 99, 2];
        score.Add(predicted, truth);

        Assert.Equal(40, KeypointScore.BoxSize(truth));
        Assert.Equal(3, score.Scored);
        Assert.Equal(1 / 3.0, score.Pck, 12);
        Assert.Equal(1, score.PckOf(0));
        Assert.Equal(0, score.PckOf(1));
        Assert.Equal(0, score.PckOf(2));
        Assert.True(double.IsNaN(score.PckOf(3)));
        Assert.Equal((4 / 40.0 + 5 / 40.0) / 2, score.NormalizedMeanError, 12);
    }

    [Fact]
    public void An_image_without_a_box_is_left_out_and_counted()
    {
        var score = new KeypointScore(2);
        score.Add([1, 1, 2, 2, 2, 2], [5, 5, 2, 0, 0, 0]);
        Assert.Equal(0, score.Scored);
        Assert.Equal(1, score.SkippedImages);
    }

    [Fact]
    public void Depth_errors_are_over_pixels_valid_in_both()
    {
        var score = new DepthScore();
        score.Add([1.0f, 2.0f, 0f, 3f], [1.0f, 1.0f, 1.0f, 0f]);
        score.Add([1.5f], [1.25f]);

        // Scored: errors 0, 1, 0.25 with truth 1, 1, 1.25; ratios 1, 2, 1.2.
        Assert.Equal(3, score.Pixels);
        Assert.Equal(3 / 4.0, score.Coverage, 12);
        Assert.Equal(Math.Sqrt((0 + 1 + 0.0625) / 3), score.Rmse, 12);
        Assert.Equal((0 + 1 + 0.2) / 3, score.AbsoluteRelative, 12);
        Assert.Equal(2 / 3.0, score.WithinQuarter, 12);
    }
}
