using HandsOff.Core.Evaluation.Downstream;
using HandsOff.Core.Evaluation.Experiments;

namespace HandsOff.Core.Tests.Evaluation.Experiments;

public sealed class RateSearchTests
{
    [Fact]
    public void A_rate_that_diverges_is_out_of_the_search_and_ends_nothing()
    {
        var said = new List<string>();
        double best = RateSearch.Best([0.5, 0.001, 0.01], rate => rate > 0.1 ? throw new TrainingDivergedException("not a number") : -rate, "transfer, unet", said.Add);
        Assert.Equal(0.001, best);
        Assert.Equal("transfer, unet: rate 0.5 is out of the search: not a number", Assert.Single(said));
    }

    [Fact]
    public void When_all_diverge_the_message_names_them()
    {
        var e = Assert.Throws<HandsOffException>(() => RateSearch.Best([0.5, 0.25], _ => throw new TrainingDivergedException("not a number"), "transfer, unet"));
        Assert.Contains("(0.5, 0.25); lower ones", e.Message);
    }

    [Fact]
    public void Any_other_failure_ends_the_search() =>
        Assert.Equal("the disk is full", Assert.Throws<HandsOffException>(() => RateSearch.Best([0.5, 0.25], _ => throw new HandsOffException("the disk is full"), "x")).Message);
}
