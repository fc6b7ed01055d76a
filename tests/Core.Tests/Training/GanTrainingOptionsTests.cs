using HandsOff.Core.Training;

namespace HandsOff.Core.Tests.Training;

public sealed class GanTrainingOptionsTests
{
    [Fact]
    public void Figures_out_of_range_are_named_as_wrong_usage()
    {
        var good = TrainingFixture.Options;
        (GanTrainingOptions Options, string Name)[] bad =
        [
            (good with { Batch = 3 }, "--batch"), (good with { Batch = 6 }, "--batch"), (good with { Kimg = 0 }, "--kimg"), (good with { LearningRate = double.NaN }, "--lr"),
            (good with { Gamma = -1 }, "--gamma"), (good with { AugmentProbability = 2 }, "--aug-p"), (good with { SnapshotKimg = 0 }, "--snapshot-every"),
            (good with { Network = good.Network with { Width = 17 } }, "17x16"),
        ];
        foreach (var (options, name) in bad)
        {
            var error = Assert.Throws<HandsOffException>(() => options.Validate());
            Assert.Contains(name, error.Message);
            Assert.Equal(HandsOffException.WrongUsage, error.ExitCode);
        }

        good.Validate();
    }

    [Fact]
    public void The_weight_of_r1_follows_resolution_and_batch_unless_given()
    {
        Assert.Equal(0.0002 * 256 / 4, TrainingFixture.Options.GammaInForce, 1e-12);
        Assert.Equal(3, (TrainingFixture.Options with { Gamma = 3 }).GammaInForce);
    }
}
