using System.Buffers.Binary;
using HandsOff.Core.Evaluation;
using HandsOff.Core.Evaluation.Downstream;
using HandsOff.Core.Evaluation.Experiments;
using HandsOff.Core.Tests.Evaluation.Downstream;

namespace HandsOff.Core.Tests.Evaluation.Experiments;

public sealed class FailureSheetTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void The_worst_images_of_every_task_are_shown()
    {
        using var set = ToyScenes.Set(9);
        using var network = new DenseNetwork(new DenseNetworkConfig { Architecture = DenseArchitecture.UNet, Channels = 8, Schema = ToyScenes.Schema }, seed: 3);
        var worst = FailureSheet.Worst(network, set, TestContext.Current.CancellationToken).ToDictionary(w => w.Task, w => w.Images);
        Assert.Equal(["depth", "keypoints", "segmentation"], worst.Keys.Order());

        // Image by image, of the same batch, through the scores that the tables use.
        var alone = Enumerable.Range(0, 9).Select(i =>
        {
            using var one = OneLabelled.Of(9, i);
            return DenseEvaluation.Run(network, one, cancel: TestContext.Current.CancellationToken);
        }).ToList();
        Check("segmentation", r => -r.MeanIou);
        Check("keypoints", r => r.NormalizedMeanError);
        Check("depth", r => r.DepthRmse);

        FailureSheet.Draw(network, set, _file, TestContext.Current.CancellationToken);
        byte[] png = File.ReadAllBytes(_file);
        // Three rows of four triples, twice as large as the images, two pixels between them.
        Assert.Equal((12 * 32 + 11 * 2, 3 * 32 + 2 * 2), (BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20))));

        void Check(string task, Func<EvaluationReport, double?> badness)
        {
            Assert.Equal(FailureSheet.Shown, worst[task].Count);
            double least = worst[task].Min(i => badness(alone[i])!.Value);
            Assert.All(Enumerable.Range(0, 9).Except(worst[task]), i => Assert.True(badness(alone[i]) <= least + 1e-5));
            Assert.True(alone.Max(badness) > alone.Min(badness) + 1e-5, $"{task}: all images alike, the test would show nothing");
        }
    }
}
