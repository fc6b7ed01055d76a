using HandsOff.Core.Evaluation.Downstream;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.Evaluation.Downstream;

public sealed class DenseAugmenterTests
{
    [Fact]
    public void Labels_follow_the_pixels_and_keypoints_change_places_in_a_mirrored_image()
    {
        using var set = ToyScenes.Set(12);
        using var scope = NewDisposeScope();
        var batch = new DenseAugmenter(set, new DenseAugmentation { Rotate = 20, Scale = 0.2, Shift = 0.1, Colour = 0 }, seed: 3).Next(0, 24, CPU);
        int flipped = 0;
        for (int i = 0; i < 24; i++)
        {
            var mask = batch.Masks![i];
            var square = mask.eq(1);
            Assert.True(square.sum().item<long>() > 8);

            // The square is the bright part of the picture, and the near part of the depth.
            var bright = batch.Images[i, 0].gt(0.2);
            Assert.True(bright.eq(square).logical_or(mask.eq(255)).to(ScalarType.Float32).mean().item<float>() > 0.9);
            var depth = batch.Depth![i];
            Assert.True(depth.masked_select(square).mean().item<float>() < depth.masked_select(mask.eq(0)).mean().item<float>());

            var points = batch.Keypoints![i].data<float>().ToArray();
            if (points[2] == 0 || points[5] == 0) continue;
            double cx = (points[0] + points[3]) / 2, cy = (points[1] + points[4]) / 2;
            var where = square.nonzero().to(ScalarType.Float64).mean([0L]);
            bool whole = square[0].sum().item<long>() + square[15].sum().item<long>() + square[.., 0].sum().item<long>() + square[.., 15].sum().item<long>() == 0;
            if (!whole) continue;
            Assert.Equal(where[0].item<double>(), cy, 0.7);
            Assert.Equal(where[1].item<double>(), cx, 0.7);

            // "left" stays on the left of the picture, mirrored or not: its name went with its place.
            Assert.True(points[0] < points[3]);
            flipped++;
        }

        Assert.True(flipped > 5);
    }

    [Fact]
    public void Without_augmentation_a_batch_is_the_images_themselves()
    {
        using var set = ToyScenes.Set(4);
        using var scope = NewDisposeScope();
        var batch = new DenseAugmenter(set, DenseAugmentation.None, 0).Next(0, 4, CPU);
        Assert.Equal(set.Images.to(ScalarType.Float32).sum().item<float>(), ((batch.Images + 1) * 127.5).sum().item<float>(), 1.0);
        Assert.Equal(set.Masks!.sum().item<long>(), batch.Masks!.sum().item<long>());
        Assert.Equal(set.Keypoints!.sum().item<float>(), batch.Keypoints!.sum().item<float>(), 1e-3);
    }

    [Fact]
    public void Depth_shrinks_as_the_image_is_enlarged()
    {
        using var set = ToyScenes.Set(1);
        using var scope = NewDisposeScope();
        var batch = new DenseAugmenter(set, DenseAugmentation.None with { Scale = 0.5 }, 1).Next(0, 16, CPU);
        for (int i = 0; i < 16; i++)
        {
            var points = batch.Keypoints![i].data<float>().ToArray();
            if (points[2] == 0 || points[5] == 0) continue;
            double scale = (points[3] - points[0]) / 4;
            var near = batch.Depth![i].masked_select(batch.Masks![i].eq(1)).mean().item<float>() + 1;
            Assert.Equal(1.2 / scale, near, 1e-3);
        }
    }

    [Fact]
    public void A_batch_depends_on_seed_and_position_alone()
    {
        using var set = ToyScenes.Set(6);
        using var scope = NewDisposeScope();
        var all = new DenseAugmenter(set, new(), 9).Next(0, 8, CPU);
        var late = new DenseAugmenter(set, new(), 9).Next(4, 4, CPU);
        Assert.True(all.Images[4..].eq(late.Images).all().item<bool>());
        Assert.True(all.Keypoints![4..].eq(late.Keypoints!).all().item<bool>());
        Assert.False(new DenseAugmenter(set, new(), 10).Next(0, 8, CPU).Images.eq(all.Images).all().item<bool>());
    }
}
