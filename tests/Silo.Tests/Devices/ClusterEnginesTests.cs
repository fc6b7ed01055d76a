using HandsOff.Core;
using HandsOff.Core.Catalog;
using HandsOff.Core.Datasets;
using HandsOff.Core.Pairs;
using HandsOff.Core.Storage;
using HandsOff.Silo.Devices;
using HandsOff.Silo.Settings;

namespace HandsOff.Silo.Tests.Devices;

public sealed class ClusterEnginesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("handsoff-engines-").FullName;
    private readonly PairLibrary _library;
    private readonly ClusterEngines _engines;

    public ClusterEnginesTests()
    {
        _library = new PairLibrary(LocalFolderStore.Create(At("root")), At("cache"));
        _engines = new ClusterEngines(_library, new SiloSettings { Name = "a", Devices = [], Store = At("root"), Redis = "x", Cache = At("cache") });
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    [Fact]
    public async Task A_pair_comes_from_the_store_and_one_that_is_missing_is_asked_for_again()
    {
        var pair = TrialPair.Create(At("pair"), size: 8, calibrationSamples: 8);
        var missing = Assert.Throws<HandsOffException>(() => _engines.Load(pair.Name, pair.Digest, "cpu:0"));
        Assert.False(missing.IsTransient);
        Assert.Contains("does not have it", missing.Message, StringComparison.Ordinal);
        await _library.PutAsync(pair, TestContext.Current.CancellationToken);
        using var engine = _engines.Load(pair.Name, pair.Digest, "cpu:0");
        Assert.Equal((pair.Digest, 8), (engine.PairDigest, engine.Width));
        Assert.Equal(new[] { "generator.safetensors", "labeler.safetensors" }.Sum(f => new FileInfo(pair.PathOf(f)!).Length), engine.Bytes);
    }

    [Fact]
    public async Task A_null_device_makes_samples_in_the_shape_of_any_pair()
    {
        var pair = TrialPair.Create(At("pair"), size: 8, calibrationSamples: 8);
        await _library.PutAsync(pair, TestContext.Current.CancellationToken);
        using var engine = _engines.Load(pair.Name, pair.Digest, "null:0");
        var request = PairRequests.Create(pair, new DatasetOptions { Seed = 5 }, 10);
        EngineInfo.Of(engine).Require(request);
        var samples = engine.Generate([new SampleKey(0, 0), new SampleKey(1, 0), new SampleKey(1, 1)], request.Recipe);
        Assert.Equal(3, samples.Select(s => Convert.ToHexString(s.Rgb)).Distinct().Count());
        Assert.All(samples, s => Assert.Equal((192, 64, 64, 6), (s.Rgb.Length, s.Mask!.Length, s.Depth!.Length, s.Keypoints!.Length)));
        Assert.Equal(samples[1].Rgb, engine.Generate([new SampleKey(1, 0)], request.Recipe)[0].Rgb);
    }

    [Fact]
    public void The_null_pair_needs_no_store()
    {
        using var engine = _engines.Load("null", NullPair.Digest, "null:1");
        EngineInfo.Of(engine).Require(NullPair.Request(new DatasetOptions(), 10));
        Assert.Equal(0, engine.Bytes);
    }
}
