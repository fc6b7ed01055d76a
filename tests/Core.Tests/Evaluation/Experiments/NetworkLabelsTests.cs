using HandsOff.Core.Evaluation.Downstream;
using HandsOff.Core.Evaluation.Experiments;
using HandsOff.Core.Tests.Evaluation.Downstream;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.Evaluation.Experiments;

public sealed class NetworkLabelsTests
{
    [Fact]
    public void Images_get_the_networks_labels_and_pixels_that_it_is_unsure_of_are_ignored()
    {
        using var set = ToyScenes.Set(40);
        using var network = new DenseNetwork(new DenseNetworkConfig { Architecture = DenseArchitecture.UNet, Channels = 8, Schema = ToyScenes.Schema, KeypointSigma = 1 }, seed: 2);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (var scope = NewDisposeScope())
        {
            using var all = NetworkLabels.Of(network, set);
            using var noGrad = no_grad();
            var sure = network.Forward(set.Floats(0, 40, CPU)).narrow(1, 0, 2).softmax(1).amax([1L]);
            // The middle of what an untrained network is sure of: about half the pixels lie on either side.
            double confidence = sure.median().item<float>();
            using var some = NetworkLabels.Of(network, set, confidence);
            Assert.Equal((40, ToyScenes.Size), (all.Count, all.Width));
            Assert.True(all.Images.eq(set.Images).all().item<bool>());
            Assert.Equal(0, all.Masks!.eq(255).sum().item<long>());
            Assert.False(all.Masks.eq(set.Masks!).all().item<bool>());
            Assert.InRange(some.Masks!.eq(255).to(ScalarType.Float32).mean().item<float>(), 0.3f, 0.7f);
            var kept = some.Masks.ne(255);
            Assert.True(some.Masks.masked_select(kept).eq(all.Masks.masked_select(kept)).all().item<bool>());
            Assert.True(sure.masked_select(kept).min().item<float>() > confidence - 1e-5);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
