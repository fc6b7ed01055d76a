using HandsOff.Core.Labeling;
using HandsOff.Core.Labeling.Training;
using HandsOff.Core.Tests.Pairs;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.Labeling;

public sealed class LabelerTrainerTests
{
    private static readonly LabelerTrainingOptions Quick = new()
    {
        Members = 2,
        Steps = 150,
        BatchPixels = 512,
        EvaluateEvery = 50,
        LearningRate = 1e-2,
        SegmentationHidden = (24, 16),
        KeypointHidden = (24, 16),
        DepthHidden = (24, 16),
        Seed = 3,
    };

    [Fact]
    public void A_trained_labeler_labels_photographs_it_has_not_seen()
    {
        using var scope = NewDisposeScope();
        using var toy = new ToyPhotographs(24);
        using var state = LabelerTrainer.Train(toy.Generator, toy.Photographs.Take(16).ToList(), ToyPhotographs.Schema, Quick);
        using var labeler = new Labeler(state);
        double right = 0, squared = 0, pixels = 0, close = 0;
        foreach (var photograph in toy.Photographs.Skip(16))
        {
            using var labels = labeler.Label(toy.Taps(photograph));
            byte[] mask = labels.Mask!.bytes.ToArray();
            int[] depth = [.. labels.Depth!.flatten().data<int>()];
            float[] point = [.. labels.Keypoints!.flatten().data<float>()];
            for (int i = 0; i < mask.Length; i++)
            {
                if (mask[i] == photograph.Labels.Mask![i]) right++;
                squared += Math.Pow((depth[i] / 1000.0) - photograph.Labels.Depth![i], 2);
                pixels++;
            }

            if (Math.Abs(point[0] - photograph.Labels.Keypoints![0]) < 1.6 && Math.Abs(point[1] - photograph.Labels.Keypoints[1]) < 1.6) close++;
        }

        // Chance: a third of the pixels, an RMSE of about 0.6, one point in sixty.
        Assert.InRange(right / pixels, 0.8, 1);
        Assert.InRange(Math.Sqrt(squared / pixels), 0, 0.2);
        Assert.InRange(close, 4, 8);
    }

    [Fact]
    public void Taps_that_are_left_out_get_no_weight()
    {
        using var scope = NewDisposeScope();
        using var toy = new ToyPhotographs(6);
        int largest = toy.Generator.Config.Taps.Max(t => t.Height);
        using var state = LabelerTrainer.Train(toy.Generator, toy.Photographs, ToyPhotographs.Schema, Quick with { Steps = 20, EvaluateEvery = 10, LargestTap = largest / 2 });
        foreach (var head in state.Config.Heads)
        {
            var weight = state.Of(head, 0, "layers.0.weight").abs().sum(dim: 0);
            int at = 0;
            foreach (var tap in state.Config.Taps)
            {
                Assert.Equal(tap.Height == largest, weight.narrow(0, at, tap.Channels).sum().item<float>() == 0);
                at += tap.Channels;
            }
        }
    }

    [Fact]
    public void A_resumed_training_gives_the_same_bits_and_keeps_finished_members()
    {
        using var folder = new TemporaryFolder();
        using var toy = new ToyPhotographs(6);
        var options = Quick with { Steps = 20, EvaluateEvery = 10 };
        using (var state = LabelerTrainer.Train(toy.Generator, toy.Photographs, ToyPhotographs.Schema, options, folder["members"])) state.Save(folder["a"]);
        File.Delete(folder["members/member-01.safetensors"]);
        var stamp = File.GetLastWriteTimeUtc(folder["members/member-00.safetensors"]);
        using (var state = LabelerTrainer.Train(toy.Generator, toy.Photographs, ToyPhotographs.Schema, options, folder["members"])) state.Save(folder["b"]);
        Assert.Equal(File.ReadAllBytes(folder["a"]), File.ReadAllBytes(folder["b"]));
        Assert.Equal(stamp, File.GetLastWriteTimeUtc(folder["members/member-00.safetensors"]));
        var trained = new List<int>();
        var other = options with { Seed = 4 };
        using (LabelerTrainer.Train(toy.Generator, toy.Photographs, ToyPhotographs.Schema, other, folder["members"], new Collector(p => trained.Add(p.Member))))
        {
        }

        Assert.Equal([0, 1], trained.Distinct());
    }

    [Fact]
    public void Training_leaks_no_tensors()
    {
        using var toy = new ToyPhotographs(5);
        var options = Quick with { Members = 1, Steps = 4, EvaluateEvery = 2 };
        LabelerTrainer.Train(toy.Generator, toy.Photographs, ToyPhotographs.Schema, options).Dispose();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        LabelerTrainer.Train(toy.Generator, toy.Photographs, ToyPhotographs.Schema, options).Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Every_photograph_is_held_out_by_some_member_and_never_learnt_by_it()
    {
        var held = new List<int>();
        for (int m = 0; m < 10; m++)
        {
            var (learn, heldOut) = MemberTrainer.Split(20, m, 0.1, 1);
            Assert.Equal(2, heldOut.Length);
            Assert.Empty(learn.Intersect(heldOut));
            held.AddRange(heldOut);
        }

        Assert.Equal(Enumerable.Range(0, 20), held.Order());
    }

    [Fact]
    public void Too_few_photographs_are_an_error()
    {
        using var toy = new ToyPhotographs(3);
        var e = Assert.Throws<HandsOffException>(() => LabelerTrainer.Train(toy.Generator, toy.Photographs, ToyPhotographs.Schema, Quick));
        Assert.Contains("3 labelled photographs; at least 4", e.Message);
    }

    [Fact]
    public void Features_gathered_at_pixels_are_the_interpolated_taps()
    {
        using var scope = NewDisposeScope();
        using var toy = new ToyPhotographs(4);
        using var store = new TapStore(toy.Generator.Config.Taps, 4, 16, 16, CPU);
        for (int i = 0; i < 4; i++) store.Put(i, toy.Taps(toy.Photographs[i]));
        var whole = cat([.. toy.Taps(toy.Photographs[2]).Select(t => nn.functional.interpolate(t, [16, 16], mode: InterpolationMode.Bilinear, align_corners: false))], dim: 1);
        var y = tensor(new long[] { 0, 3, 15, 8 });
        var x = tensor(new long[] { 0, 12, 15, 5 });
        var gathered = store.Gather(full(4, 2, ScalarType.Int64), y, x);
        var expected = stack(Enumerable.Range(0, 4).Select(i => whole[0, .., y[i].ToInt64(), x[i].ToInt64()]));
        Assert.InRange((gathered - expected).abs().max().ToDouble(), 0, 1e-4);

        store.Standardise();
        var standard = store.Gather(full(4, 2, ScalarType.Int64), y, x);
        var back = standard * tensor(store.Deviation).to(ScalarType.Float32) + tensor(store.Mean).to(ScalarType.Float32);
        Assert.InRange((back - expected).abs().max().ToDouble(), 0, 1e-3);
    }

    [Theory]
    [InlineData(new[] { 0.9, 0.8, 0.7 }, new double[0], 0.24)]
    [InlineData(new[] { 0.9, 0.8, 0.7 }, new[] { 0.1, 0.2 }, 0.45)]
    public void The_presence_threshold_lies_between_absent_and_present_peaks(double[] present, double[] absent, double expected) =>
        Assert.Equal(expected, HeadScales.Threshold(present, absent), 6);

    private sealed class Collector(Action<LabelerProgress> action) : IProgress<LabelerProgress>
    {
        public void Report(LabelerProgress value) => action(value);
    }
}
