using HandsOff.Core.Datasets.Timing;
using HandsOff.Grains.Nodes;

namespace HandsOff.Silo.Tests.Telemetry;

/// <summary>The word for what bounds a node's rate.</summary>
public sealed class StageSharesTests
{
    [Theory]
    // active, generate, label, blocked, encode, upload, commit: seconds of ten
    [InlineData(10, 6, 3.5, 0.2, 2, 1, 0.5, "device")]
    [InlineData(10, 2, 2, 5.8, 9.5, 2, 1, "encode")]
    [InlineData(10, 2, 2, 5.8, 3, 9.8, 1, "upload")]
    [InlineData(10, 2, 2, 5.8, 3, 2, 9.8, "upload")]
    [InlineData(3, 2, 1, 0, 1, 1, 1, "idle")]
    [InlineData(0, 0, 0, 0, 0, 0, 0, "idle")]
    public void One_word_says_what_bounds_the_rate(double active, double generate, double label, double blocked, double encode, double upload, double commit, string expected)
    {
        var from = new StageReading(100, 50, 20, 20, 5, 5, 5, 5);
        var to = new StageReading(110, 50 + active, 20 + generate, 20 + label, 5 + blocked, 5 + encode, 5 + upload, 5 + commit);
        var shares = StageShares.Between(from, to);
        Assert.Equal(expected, shares.Bottleneck);
        Assert.Equal(generate / 10, shares.Generate, 9);
        Assert.Equal(Math.Max(0, active - upload) / 10, shares.UploadWait, 9);
        Assert.All([shares.DeviceWait, shares.EncodeWait, shares.Encode, shares.Commit], s => Assert.InRange(s, 0, 1));
        Assert.Contains(shares.Bottleneck, StageShares.Bottlenecks);
    }
}
