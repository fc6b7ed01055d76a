using HandsOff.Core.Training;

namespace HandsOff.Core.Tests.Training;

public sealed class AdaControllerTests
{
    [Fact]
    public void The_probability_rises_above_the_target_falls_below_and_stays_within_bounds()
    {
        var ada = new AdaController(TrainingFixture.Options with { AugmentProbability = 0.1, AdaInterval = 2, AdaKimg = 0.1 });
        ada.Observe(4, 4, 1);
        Assert.Equal(0.1, ada.Probability);
        ada.Observe(4, 4, 2);
        Assert.Equal(0.1 + 8 / 100.0, ada.Probability, 1e-12);
        for (int i = 3; i < 9; i++) ada.Observe(0, 4, i);
        Assert.Equal(0, ada.Probability);
        for (int i = 9; i < 60; i++) ada.Observe(4, 4, i);
        Assert.Equal(1, ada.Probability);
    }

    [Fact]
    public void A_fixed_probability_does_not_move()
    {
        var ada = new AdaController(TrainingFixture.Options with { Augment = AugmentMode.Fixed, AugmentProbability = 0.3 });
        for (int i = 1; i < 9; i++) ada.Observe(4, 4, i);
        Assert.Equal(0.3, ada.Probability);
    }
}
