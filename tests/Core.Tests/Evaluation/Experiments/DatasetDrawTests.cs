using HandsOff.Core.Datasets;
using HandsOff.Core.Diagnostics;
using HandsOff.Core.Evaluation.Experiments;
using HandsOff.Core.Pairs;
using HandsOff.Core.Tests.Pairs;

namespace HandsOff.Core.Tests.Evaluation.Experiments;

public sealed class DatasetDrawTests
{
    [Fact]
    public void An_experiment_trains_on_the_very_samples_that_a_dataset_would_hold()
    {
        using var folder = new TemporaryFolder();
        var pair = TrialPair.Create(folder["pair"]);
        using var engine = PairEngine.Open(pair);
        var request = PairRequests.Create(pair, new DatasetOptions { Seed = 3, Keep = 0.4, MaxAttempts = 3 }, 11);
        var (set, figures) = DatasetDraw.Of(engine, request, 11, new ProgressLine(null, "samples", 11), TestContext.Current.CancellationToken);
        using (set)
        {
            int flagged = 0, draws = 0;
            for (int i = 0; i < 11; i++)
            {
                var (sample, uncertain) = SampleMaker.Make(engine, request, i);
                var drawn = set.Image(i);
                Assert.Equal(sample.Rgb, drawn.Rgb);
                Assert.Equal(sample.Mask, drawn.Mask);
                Assert.Equal(sample.Keypoints, drawn.Keypoints);
                Assert.Equal(Array.ConvertAll(sample.Depth!, d => (float)(d / request.Schema.Depth!.Scale)), drawn.Depth);
                flagged += uncertain ? 1 : 0;
                draws += sample.Key.Attempt + 1;
            }

            // Some were drawn again, or the test would show nothing.
            Assert.Equal((11, draws, flagged), (figures.Samples, figures.Draws, figures.Flagged));
            Assert.True(draws > 11);
        }
    }
}
