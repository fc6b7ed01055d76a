using System.Text;
using HandsOff.Core.Datasets;
using HandsOff.Core.Labeling;
using HandsOff.Core.Pairs;
using HandsOff.Core.StyleGan2;
using HandsOff.Core.Tensors;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.Pairs;

public sealed class PairTests
{
    [Fact]
    public void A_packed_pair_loads_and_its_digest_is_reproducible()
    {
        using var a = new TemporaryFolder();
        using var b = new TemporaryFolder();
        var first = TrialPair.Create(a.Path, calibrationSamples: 8);
        var second = TrialPair.Create(b.Path, calibrationSamples: 8);
        Assert.Equal(64, first.Digest.Length);
        Assert.Equal(first.Digest, second.Digest);
        Assert.Equal(File.ReadAllBytes(a["pair.json"]), File.ReadAllBytes(b["pair.json"]));
        Assert.NotEqual(first.Digest, TrialPair.Create(b.Path, seed: 2, calibrationSamples: 8).Digest);
    }

    [Fact]
    public void A_card_and_figures_can_be_added_without_changing_the_digest()
    {
        using var folder = new TemporaryFolder();
        string digest = TrialPair.Create(folder.Path, calibrationSamples: 8).Digest;
        File.WriteAllText(folder["README.md"], "# card");
        var amended = PairPacker.Amend(folder.Path, new Dictionary<string, string> { ["README.md"] = folder["README.md"] }, new Dictionary<string, double> { ["miou"] = 0.5 });
        Assert.Equal(digest, amended.Digest);
        Assert.Equal(0.5, amended.Manifest.Metrics["miou"]);
        Assert.NotNull(amended.PathOf("README.md"));
    }

    [Fact]
    public void Calibrated_again_it_is_the_pair_that_would_have_been_packed_so()
    {
        using var folder = new TemporaryFolder();
        var packed = TrialPair.Create(folder.Path, calibrationSamples: 8);
        float tame = packed.Manifest.Calibration.Truncation / 2;
        var other = PairPacker.Recalibrate(folder.Path, 12, tame, 5);
        Assert.NotEqual(packed.Digest, other.Digest);
        Assert.Equal((12, tame, 5ul), (other.Manifest.Calibration.Samples, other.Manifest.Calibration.Truncation, other.Manifest.Calibration.Seed));
        Assert.NotEqual(packed.Manifest.Calibration.Quantiles, other.Manifest.Calibration.Quantiles);
        Assert.Equal(packed.Manifest.Files, other.Manifest.Files);
        Assert.Equal(packed.Digest, PairPacker.Recalibrate(folder.Path, 8, packed.Manifest.Calibration.Truncation, packed.Manifest.Calibration.Seed).Digest);
        Assert.Throws<HandsOffException>(() => PairPacker.Recalibrate(folder.Path, 0, 0.9f, 0));
        Assert.Throws<HandsOffException>(() => PairPacker.Recalibrate(folder.Path, 8, 1.1f, 0));
    }

    [Fact]
    public void A_missing_pair_is_named()
    {
        var e = Assert.Throws<HandsOffException>(() => Pair.Load("no-such-pair"));
        Assert.Contains("no-such-pair", e.Message);
        Assert.Contains("models/", e.Message);
    }

    [Fact]
    public void A_corrupted_file_is_named()
    {
        using var folder = new TemporaryFolder();
        TrialPair.Create(folder.Path, calibrationSamples: 8);
        byte[] bytes = File.ReadAllBytes(folder["labeler.safetensors"]);
        bytes[^1] ^= 1;
        File.WriteAllBytes(folder["labeler.safetensors"], bytes);
        AssertFails(folder.Path, "labeler.safetensors", "SHA-256");
        File.WriteAllBytes(folder["labeler.safetensors"], bytes[..^4]);
        AssertFails(folder.Path, "labeler.safetensors", "bytes");
        File.Delete(folder["labeler.safetensors"]);
        AssertFails(folder.Path, "labeler.safetensors", "missing");
    }

    [Fact]
    public void An_edited_manifest_is_refused()
    {
        using var folder = new TemporaryFolder();
        TrialPair.Create(folder.Path, calibrationSamples: 8);
        string json = File.ReadAllText(folder["pair.json"]);
        File.WriteAllText(folder["pair.json"], json.Replace("\"background\"", "\"sky\"", StringComparison.Ordinal));
        AssertFails(folder.Path, "pair.json", "digest");
        File.WriteAllText(folder["pair.json"], json.Replace("handsoff-pair/1", "handsoff-pair/9", StringComparison.Ordinal));
        AssertFails(folder.Path, "handsoff-pair/9", "handsoff-pair/1");
        File.WriteAllText(folder["pair.json"], "{");
        AssertFails(folder.Path, "pair.json", "not a pair's manifest");
    }

    [Fact]
    public void NaN_weights_are_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        TrialPair.Create(folder.Path, calibrationSamples: 8);
        var (tensors, metadata) = SafeTensors.Read(folder["generator.safetensors"]);
        using (no_grad()) tensors["synthesis.b8.conv0.weight"].fill_(float.NaN);
        SafeTensors.Write(folder["generator.safetensors"], tensors, metadata);
        foreach (var t in tensors.Values) t.Dispose();
        var e = Assert.Throws<HandsOffException>(() => PairPacker.Pack(Content(folder), folder.Path));
        Assert.Contains("synthesis.b8.conv0.weight", e.Message);
        Assert.Contains("NaN", e.Message);
    }

    [Fact]
    public void A_labeler_of_another_generator_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var other = new TemporaryFolder();
        TrialPair.Create(folder.Path, size: 16, calibrationSamples: 8);
        TrialPair.Create(other.Path, size: 8, calibrationSamples: 8);
        File.Copy(other["labeler.safetensors"], folder["labeler.safetensors"], overwrite: true);
        var e = Assert.Throws<HandsOffException>(() => PairPacker.Pack(Content(folder), folder.Path));
        Assert.Contains("different pairs", e.Message);
    }

    [Fact]
    public void A_pair_over_the_size_limit_is_refused()
    {
        using var folder = new TemporaryFolder();
        TrialPair.Create(folder.Path, calibrationSamples: 8);
        var e = Assert.Throws<HandsOffException>(() => PairPacker.Pack(Content(folder) with { LargestTotal = 1000 }, folder.Path));
        Assert.Contains("1000", e.Message);
    }

    [Fact]
    public void Keep_is_a_quantile_of_the_calibration()
    {
        var calibration = Calibration.Of(Enumerable.Range(0, 101).Select(i => i / 100f), 0, 1, NoiseMode.Const);
        Assert.Equal(0.9, calibration.ThresholdFor(0.9), 5);
        Assert.Equal(0.055, calibration.ThresholdFor(0.055), 5);
        Assert.Equal(double.PositiveInfinity, calibration.ThresholdFor(1));
        Assert.Throws<HandsOffException>(() => calibration.ThresholdFor(0));
        Assert.Throws<HandsOffException>(() => calibration.ThresholdFor(double.NaN));
    }

    [Theory]
    [InlineData(1.5f)]
    [InlineData(-0.1f)]
    [InlineData(float.NaN)]
    public void A_pair_that_is_there_survives_a_pack_at_an_impossible_truncation(float truncation)
    {
        using var folder = new TemporaryFolder();
        using var other = new TemporaryFolder();
        string digest = TrialPair.Create(folder.Path, calibrationSamples: 8).Digest;
        TrialPair.Create(other.Path, seed: 5, calibrationSamples: 8);
        var e = Assert.Throws<HandsOffException>(() => PairPacker.Pack(Content(other) with { CalibrationTruncation = truncation }, folder.Path));
        Assert.Equal((HandsOffException.WrongUsage, true), (e.ExitCode, e.Message.StartsWith("truncation ", StringComparison.Ordinal)));
        Assert.Equal(digest, Pair.Load(folder.Path).Digest);
    }

    [Fact]
    public void A_request_without_a_truncation_takes_the_pairs_and_a_stored_one_without_means_none()
    {
        using var folder = new TemporaryFolder();
        TrialPair.Create(folder.Path, calibrationSamples: 8);
        var pair = PairPacker.Pack(Content(folder) with { CalibrationTruncation = 0.6f }, folder.Path);
        Assert.Equal(0.6f, PairRequests.Create(pair, new DatasetOptions(), 10).Truncation);
        var given = PairRequests.Create(pair, new DatasetOptions { Truncation = 1 }, 10);
        Assert.Equal(1, given.Truncation);
        string stored = Encoding.UTF8.GetString(given.ToJson());
        Assert.Equal(1, DatasetRequest.FromJson(Encoding.UTF8.GetBytes(stored.Replace("\"truncation\":1,", "", StringComparison.Ordinal)), "request.json").Truncation);
    }

    private static PairContent Content(TemporaryFolder folder) => new()
    {
        Name = "x",
        GeneratorPath = folder["generator.safetensors"],
        LabelerPath = folder["labeler.safetensors"],
        License = "MIT",
        Provenance = "test",
        CalibrationSamples = 8,
    };

    private static void AssertFails(string folder, params string[] parts)
    {
        var e = Assert.Throws<HandsOffException>(() => Pair.Load(folder));
        Assert.All(parts, p => Assert.Contains(p, e.Message));
        Assert.DoesNotContain('\n', e.Message);
    }
}
