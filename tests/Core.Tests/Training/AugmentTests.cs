using System.Numerics;
using HandsOff.Core.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.Training;

public sealed class AugmentTests
{
    private static readonly Matrix4x4 SameColour = Matrix4x4.Identity;
    private static readonly Matrix3x2 SamePlace = Matrix3x2.Identity;

    [Fact]
    public void Nothing_changes_at_probability_zero()
    {
        using var scope = NewDisposeScope();
        var random = new SplitMix(1);
        var images = Images(4);
        Assert.Same(images, AugmentPipeline.Apply(images, 0, ref random));
    }

    [Fact]
    public void Images_that_drew_nothing_pass_bit_for_bit_beside_others_that_did()
    {
        using var scope = NewDisposeScope();
        var images = Images(3);
        var made = AugmentPipeline.Apply(images, [new(SamePlace, SameColour), new(Matrix3x2.CreateRotation(0.3f), SameColour), new(SamePlace, Matrix4x4.CreateScale(2))]);
        Assert.True((made[0] == images[0]).all().item<bool>());
        Assert.False((made[1] == images[1]).all().item<bool>());
        Assert.True((made[2] - images[2] * 2).abs().max().item<float>() < 1e-6f);
    }

    [Fact]
    public void Mirroring_quarter_turns_and_whole_shifts_move_pixels_exactly()
    {
        using var scope = NewDisposeScope();
        var images = Images(3);
        var made = AugmentPipeline.Apply(images, [new(Matrix3x2.CreateScale(-1, 1), SameColour), new(new Matrix3x2(0, 1, -1, 0, 0, 0), SameColour), new(Matrix3x2.CreateTranslation(-2, 0), SameColour)]);
        Assert.True((made[0] - images[0].flip(2)).abs().max().item<float>() < 1e-5f);
        var turns = new[] { images[1].rot90(1, (1, 2)), images[1].rot90(3, (1, 2)) };
        Assert.Contains(turns, t => (made[1] - t).abs().max().item<float>() < 1e-5f);
        Assert.True((made[2].narrow(2, 2, 6) - images[2].narrow(2, 0, 6)).abs().max().item<float>() < 1e-5f);
        // What comes in at the border is the reflection.
        Assert.True((made[2].narrow(2, 0, 2) - images[2].narrow(2, 0, 2).flip(2)).abs().max().item<float>() < 1e-5f);
    }

    [Fact]
    public void Gradients_flow_to_the_images()
    {
        using var scope = NewDisposeScope();
        var images = Images(2).requires_grad_(true);
        var made = AugmentPipeline.Apply(images, [new(Matrix3x2.CreateRotation(0.2f), Matrix4x4.CreateScale(0.5f)), new(SamePlace, SameColour)]);
        var gradient = autograd.grad([made.sum()], [images])[0];
        Assert.Equal(2 * 8 * 8 * 3, (int)(gradient != 0).sum().item<long>());
        Assert.True((gradient[1] == 1).all().item<bool>());
    }

    [Fact]
    public void Draws_follow_the_papers_ranges()
    {
        var random = new SplitMix(11);
        int plain = 0, moved = 0, coloured = 0;
        for (int i = 0; i < 2000; i++)
        {
            var half = AugmentDraw.Next(ref random, 0.1, 64, 64);
            if (!half.HasGeometry && !half.HasColour) plain++;
            if (half.HasGeometry) moved++;
            if (half.HasColour) coloured++;
            // Scalings are log-normal with a fifth of an octave, twice: areas stay well within a factor of 8.
            Assert.InRange(MathF.Abs(half.OutputToInput.GetDeterminant()), 1 / 8f, 8f);
        }

        // Geometry: flip .05, turn .075, shift .1, scale .1, rotations .1 together, stretch .1, fraction .1. Colour: .1, .1, .05, .1, .1.
        double stays = 0.95 * 0.925 * Math.Pow(0.9, 5), keeps = 0.95 * Math.Pow(0.9, 4);
        Assert.InRange(moved / 2000.0, 1 - stays - 0.05, 1 - stays + 0.05);
        Assert.InRange(coloured / 2000.0, 1 - keeps - 0.05, 1 - keeps + 0.05);
        Assert.InRange(plain / 2000.0, stays * keeps - 0.05, stays * keeps + 0.05);
    }

    [Fact]
    public void Hue_and_luma_flip_keep_grey_axis_lengths()
    {
        var random = new SplitMix(3);
        for (int i = 0; i < 200; i++)
        {
            var c = AugmentDraw.Next(ref random, 1, 8, 8).Colour;
            // Every transformation maps the grey axis to itself.
            var grey = Vector3.Transform(new Vector3(0.3f), c);
            Assert.Equal(grey.X, grey.Y, 1e-3f * (1 + MathF.Abs(grey.X)));
            Assert.Equal(grey.X, grey.Z, 1e-3f * (1 + MathF.Abs(grey.X)));
        }
    }

    private static Tensor Images(int n) => rand(n, 3, 8, 8, generator: new torch.Generator(2)) * 2 - 1;
}
