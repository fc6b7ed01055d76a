using HandsOff.Core.Evaluation.Experiments;
using HandsOff.Core.Labeling;
using HandsOff.Core.Labeling.Training;

namespace HandsOff.Core.Tests.Evaluation.Experiments;

public sealed class StageCacheTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("stages").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_stage_is_made_once_for_its_inputs_and_again_for_others()
    {
        using var cache = new StageCache(_folder, TimeProvider.System, null);
        int made = 0;
        Stage Make(int size) => cache.Get("set", 1, new { size }, folder =>
        {
            made++;
            File.WriteAllText(Path.Combine(folder, "size"), $"{size}");
        });
        Assert.Equal("3", File.ReadAllText(Make(3).PathOf("size")));
        Assert.Equal(Make(3).Digest, Make(3).Digest);
        Assert.Equal(1, made);
        Assert.NotEqual(Make(3).Digest, Make(4).Digest);
        Assert.Equal(2, made);
    }

    [Fact]
    public void A_stage_that_does_something_else_now_is_made_again_by_its_version()
    {
        using var cache = new StageCache(_folder, TimeProvider.System, null);
        Assert.NotEqual(cache.Get("set", 1, new { size = 3 }, _ => { }).Digest, cache.Get("set", 2, new { size = 3 }, _ => { }).Digest);
        Assert.Equal(2, cache.Times["set"].Stages);
    }

    [Fact]
    public void A_digest_holds_every_option_those_in_tuples_as_well()
    {
        var options = new LabelerTrainingOptions();
        string digest = ContentDigest.Of(options);
        Assert.Equal(digest, ContentDigest.Of(new LabelerTrainingOptions()));
        Assert.NotEqual(digest, ContentDigest.Of(options with { SegmentationHidden = (64, 32) }));
        Assert.NotEqual(digest, ContentDigest.Of(options with { DepthHidden = (64, 16) }));
        Assert.NotEqual(digest, ContentDigest.Of(options with { WeightDecay = 0.03 }));
        Assert.NotEqual(digest, ContentDigest.Of(options with { Kinds = LabelKinds.Depth }));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_a_killed_stage_left_is_gone_on_from_only_by_stages_that_can(bool resumes)
    {
        using var cache = new StageCache(_folder, TimeProvider.System, null);
        Assert.Throws<IOException>(() => cache.Get("network", 1, 1, folder =>
        {
            File.WriteAllText(Path.Combine(folder, "half"), "");
            throw new IOException("killed");
        }, resumes));
        bool found = false;
        cache.Get("network", 1, 1, folder => found = File.Exists(Path.Combine(folder, "half")), resumes);
        Assert.Equal(resumes, found);
    }

    [Fact]
    public void A_second_experiment_in_the_same_folder_is_refused()
    {
        using (new StageCache(_folder, TimeProvider.System, null))
            Assert.Contains("another experiment", Assert.Throws<HandsOffException>(() => new StageCache(_folder, TimeProvider.System, null)).Message);
        new StageCache(_folder, TimeProvider.System, null).Dispose();
    }
}
