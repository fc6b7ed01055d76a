using System.Text;
using HandsOff.Core.Datasets;
using HandsOff.Core.Labeling;

namespace HandsOff.Core.Tests.Datasets;

public sealed class DatasetRequestTests
{
    [Fact]
    public void Canonical_JSON_is_these_very_bytes()
    {
        var request = Bench.Request(seed: ulong.MaxValue, cut: 0.1f) with { Truncation = 0.7f };
        const string golden = """{"format":"handsoff-request/1","height":12,"image_format":"png","keep":0.9,"labels":["seg","keypoints","depth"],"max_attempts":16,"noise":"const","pair":{"digest":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","license":"CC0-1.0","name":"fake"},"schema":{"classes":[{"color":"#202020","name":"background"},{"color":"#c08040","name":"hair"},{"color":"#40c080","name":"nose \"tip\""}],"depth":{"max":4,"min":0.5,"scale":1000,"unit":"metre"},"keypoint_flip":[],"keypoints":["left","right"],"skeleton":[[0,1]]},"seed":18446744073709551615,"shard_size":10,"truncation":0.7,"truncation_cutoff":null,"uncertainty_cut":0.1,"width":20}""";
        Assert.Equal(golden, Encoding.UTF8.GetString(request.ToJson()));
        var read = DatasetRequest.FromJson(request.ToJson(), "x");
        Assert.Equal(golden, Encoding.UTF8.GetString(read.ToJson()));
        Assert.Equal(request.Sha256(), read.Sha256());
        Assert.Equal(64, request.Sha256().Length);
    }

    [Fact]
    public void Differences_name_the_fields()
    {
        Assert.Equal(["seed: 7 there, 8 asked"], Bench.Request(seed: 8).Differences(Bench.Request(seed: 7)));
        Assert.Empty(Bench.Request().Differences(DatasetRequest.FromJson(Bench.Request().ToJson(), "x")));
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("18446744073709551616")]
    [InlineData("1.5")]
    [InlineData("x")]
    [InlineData("")]
    public void A_seed_that_is_no_64_bit_number_is_wrong_usage(string seed) =>
        Assert.Equal(2, Assert.Throws<HandsOffException>(() => DatasetOptions.ParseSeed(seed)).ExitCode);

    [Theory]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("99999999999999999999")]
    [InlineData("many")]
    public void A_count_below_one_is_wrong_usage(string samples) =>
        Assert.Equal(2, Assert.Throws<HandsOffException>(() => DatasetOptions.ParseSamples(samples)).ExitCode);

    [Fact]
    public void Options_are_read_and_wrong_ones_are_told()
    {
        Assert.Equal(ulong.MaxValue, DatasetOptions.ParseSeed("18446744073709551615"));
        Assert.Equal(LabelKinds.Segmentation | LabelKinds.Depth, DatasetOptions.ParseLabels("depth,seg"));
        Assert.Throws<HandsOffException>(() => DatasetOptions.ParseLabels("masks"));
        Assert.Throws<HandsOffException>(() => DatasetOptions.ParseLabels(""));
        Assert.Throws<HandsOffException>(() => DatasetOptions.ParseImageFormat("bmp"));
        Assert.Throws<HandsOffException>(() => DatasetOptions.ParseNoise("loud"));
        Assert.Throws<HandsOffException>(() => Create(new DatasetOptions { Keep = 0 }));
        Assert.Throws<HandsOffException>(() => Create(new DatasetOptions { Keep = 0.9 }));
        Assert.Throws<HandsOffException>(() => Create(new DatasetOptions { Truncation = 1.5f }));
        Assert.Throws<HandsOffException>(() => Create(new DatasetOptions { ShardSize = 0 }));
        Assert.Throws<HandsOffException>(() => Create(new DatasetOptions { MaxAttempts = 0 }));
        Assert.Throws<HandsOffException>(() => Create(new DatasetOptions(), samples: 0));
        var few = Create(new DatasetOptions { Labels = LabelKinds.Segmentation });
        Assert.Empty(few.Schema.Keypoints);
        Assert.Null(few.Schema.Depth);

        static DatasetRequest Create(DatasetOptions options, long samples = 10) =>
            DatasetRequest.Create(options, samples, new PairReference("fake", new string('a', 64)), FakeEngine.AllLabels, 20, 12, _ => null);
    }

    [Fact]
    public void Unknown_fields_and_formats_are_refused()
    {
        string json = Encoding.UTF8.GetString(Bench.Request().ToJson());
        Assert.Throws<HandsOffException>(() => DatasetRequest.FromJson(Encoding.UTF8.GetBytes(json.Replace("\"seed\"", "\"sed\"")), "request.json"));
        Assert.Throws<HandsOffException>(() => DatasetRequest.FromJson(Encoding.UTF8.GetBytes(json.Replace("request/1", "request/9")), "request.json"));
        Assert.Throws<HandsOffException>(() => DatasetRequest.FromJson("{"u8, "request.json"));
    }

    [Fact]
    public void Default_shards_are_at_most_two_hundred_up_to_two_million_samples()
    {
        Assert.Equal(100, DatasetRequest.DefaultShardSize(1));
        Assert.Equal(100, DatasetRequest.DefaultShardSize(20_000));
        Assert.Equal(250, DatasetRequest.DefaultShardSize(20_001));
        Assert.Equal(5000, DatasetRequest.DefaultShardSize(1_000_000));
        Assert.Equal(10_000, DatasetRequest.DefaultShardSize(long.MaxValue));
    }
}
