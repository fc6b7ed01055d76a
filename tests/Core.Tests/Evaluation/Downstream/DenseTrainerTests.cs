using HandsOff.Core.Evaluation;
using HandsOff.Core.Evaluation.Downstream;
using HandsOff.Core.Labeling;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.Evaluation.Downstream;

public sealed class DenseTrainerTests : IDisposable
{
    private static readonly DenseTrainingOptions s_short = new() { Steps = 8, Batch = 4, EvaluateEvery = 4, Seed = 5 };
    private readonly string _folder = Directory.CreateTempSubdirectory("downstream").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(DenseArchitecture.UNet, false)]
    [InlineData(DenseArchitecture.DeepLab, false)]
    [InlineData(DenseArchitecture.UNet, true)]
    [InlineData(DenseArchitecture.DeepLab, true)]
    public void A_network_learns_all_three_kinds_of_label_and_is_read_back_as_it_was(DenseArchitecture architecture, bool reduced)
    {
        using var train = ToyScenes.Set(24);
        using var held = ToyScenes.Set(8, first: 24);
        using var network = Network(architecture);
        using var trainer = new DenseTrainer(network, train, null, held, new() { Steps = 80, Batch = 8, LearningRate = 8e-3, EvaluateEvery = 40, Augmentation = DenseAugmentation.None, BFloat16 = reduced }, _folder);
        var report = trainer.Run();

        Assert.True(report.Validation.MeanIou > 0.8, $"mean IoU {report.Validation.MeanIou}");
        // The box is 4 pixels wide: a tenth of it is less than a pixel, so the mean error tells more here than PCK.
        Assert.True(report.Validation.NormalizedMeanError < 0.4, $"error {report.Validation.NormalizedMeanError}");
        Assert.True(report.Validation.DepthRmse < 0.2, $"RMSE {report.Validation.DepthRmse}");
        using var read = DenseNetwork.Load(Path.Combine(_folder, DenseTrainer.BestFile));
        Assert.Equal(report.Validation.MeanIou, DenseEvaluation.Run(read, held).MeanIou);
    }

    [Theory]
    [InlineData(16, 0.25, 0.75, 4, 12)]
    [InlineData(2, 0.01, 0.99, 1, 1)]
    [InlineData(1, 0.5, 0.5, 0, 0)]
    public void The_second_set_has_its_share_and_more_of_it_at_the_end(int batch, double share, double final, int before, int atTheEnd)
    {
        var options = new DenseTrainingOptions { Steps = 9, Batch = batch, SecondShare = share, FinalSecondShare = final };
        Assert.Equal([.. Enumerable.Repeat(before, 6), .. Enumerable.Repeat(atTheEnd, 3)], Enumerable.Range(0, 9).Select(options.SecondAt));
    }

    [Theory]
    [InlineData(DenseArchitecture.UNet)]
    [InlineData(DenseArchitecture.DeepLab)]
    public void Reduced_maps_are_near_those_of_fp32_and_outputs_and_gradients_are_fp32(DenseArchitecture architecture)
    {
        using var set = ToyScenes.Set(4);
        using var network = Network(architecture);
        using var scope = NewDisposeScope();
        var full = network.Forward(set.Floats(0, 4, CPU)).detach();
        network.ComputeType = ScalarType.BFloat16;
        var reduced = network.Forward(set.Floats(0, 4, CPU));
        Assert.Equal(ScalarType.Float32, reduced.dtype);
        double far = (reduced - full).abs().max().item<float>() / full.abs().max().item<float>();
        Assert.InRange(far, 1e-6, 0.03);
        reduced.sum().backward();
        Assert.All(network.Parameters, p => Assert.Equal(ScalarType.Float32, p.Value.grad!.dtype));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_stopped_training_goes_on_to_the_same_bits(bool reduced)
    {
        var options = s_short with { BFloat16 = reduced };
        using var train = ToyScenes.Set(10);
        using var photographs = ToyScenes.Set(4, first: 50);
        using var held = ToyScenes.Set(4, first: 30);
        using var whole = Network(DenseArchitecture.UNet);
        using (var trainer = new DenseTrainer(whole, train, photographs, held, options)) trainer.Run();

        using var stop = new CancellationTokenSource();
        using (var network = Network(DenseArchitecture.UNet))
        using (var trainer = new DenseTrainer(network, train, photographs, held, options, _folder))
            Assert.Throws<OperationCanceledException>(() => trainer.Run(new Stop(stop), stop.Token));

        using var again = Network(DenseArchitecture.UNet);
        using (var trainer = new DenseTrainer(again, train, photographs, held, options, _folder))
        {
            Assert.Equal(4, trainer.Step);
            var report = trainer.Run();
            Assert.Equal(2, report.History.Count);
        }

        foreach (var (name, value) in whole.StateTensors()) Assert.True(value.eq(again.StateTensors()[name]).all().item<bool>(), name);
        using (var other = Network(DenseArchitecture.UNet))
        using (var trainer = new DenseTrainer(other, train, photographs, held, options with { LearningRate = 1e-3 }, _folder))
            Assert.Equal(0, trainer.Step);
    }

    [Fact]
    public void Sets_of_other_labels_are_refused()
    {
        using var train = ToyScenes.Set(4);
        using var held = new DenseSet(DenseSet.Restrict(ToyScenes.Schema, LabelKinds.Segmentation), train.Images.clone(), train.Masks!.clone(), null, null);
        using var network = Network(DenseArchitecture.UNet);
        Assert.Throws<HandsOffException>(() => new DenseTrainer(network, train, null, held, s_short));
    }

    [Fact]
    public void A_loss_that_is_not_a_number_is_told_from_other_failures()
    {
        using var train = ToyScenes.Set(4);
        train.Depth!.fill_(float.PositiveInfinity);
        using var network = Network(DenseArchitecture.UNet);
        using var trainer = new DenseTrainer(network, train, null, train, s_short);
        var e = Assert.Throws<TrainingDivergedException>(() => trainer.Run());
        Assert.Contains("at step 4; a lower learning rate than 0.01", e.Message);
        Assert.Equal(HandsOffException.Failed, e.ExitCode);
    }

    [Theory]
    [InlineData(DenseArchitecture.UNet)]
    [InlineData(DenseArchitecture.DeepLab)]
    public void A_pretrained_backbone_is_fine_tuned_at_its_own_rate(DenseArchitecture architecture)
    {
        string weights = SharedData.Require("data", "lpips", LpipsWeights.FileName(LpipsNet.Squeeze));
        using var train = ToyScenes.Set(8);
        var config = new DenseNetworkConfig { Architecture = architecture, Pretrained = true, Channels = 8, Schema = ToyScenes.Schema };
        using var frozen = new DenseNetwork(config, 1, weights);
        var before = frozen.StateTensors().ToDictionary(t => t.Key, t => t.Value.clone());
        using (var trainer = new DenseTrainer(frozen, train, null, train, s_short with { Steps = 1, PretrainedRate = 0 })) trainer.Run();
        foreach (var (name, value) in frozen.StateTensors().Where(t => t.Key.EndsWith("weight", StringComparison.Ordinal)))
            Assert.True(value.eq(before[name]).all().item<bool>() == frozen.IsPretrained(name), name);

        using var tuned = new DenseNetwork(config, 1, weights);
        using (var trainer = new DenseTrainer(tuned, train, null, train, s_short with { Steps = 2 })) trainer.Run();
        Assert.False(tuned.StateTensors()["backbone.features.0.weight"].eq(before["backbone.features.0.weight"]).all().item<bool>());
        foreach (var t in before.Values) t.Dispose();
    }

    private static DenseNetwork Network(DenseArchitecture architecture) =>
        new(new DenseNetworkConfig { Architecture = architecture, Channels = 8, Schema = ToyScenes.Schema, KeypointSigma = 1 }, seed: 2);

    private sealed class Stop(CancellationTokenSource source) : IProgress<DenseProgress>
    {
        public void Report(DenseProgress value) => source.Cancel();
    }
}
