using HandsOff.Core.Pairs;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Client.Tests.BadInput;

/// <summary>Pairs and networks that are missing, damaged or do not belong together.</summary>
public sealed class PairFaultTests : IDisposable
{
    private readonly Faults faults = new();

    public void Dispose() => faults.Dispose();

    [Fact]
    public Task A_pair_that_is_not_there_is_named() => Faults.RefusedAsync(1, "pair nowhere-64: neither a folder", "pair", "inspect", "nowhere-64");

    [Fact]
    public async Task A_folder_without_a_manifest_is_told_what_makes_one()
    {
        Directory.CreateDirectory(faults.At("empty"));
        await Faults.RefusedAsync(1, "'handsoff pair pack' makes it", "pair", "inspect", faults.At("empty"));
    }

    [Theory]
    [InlineData(PairManifest.GeneratorFile)]
    [InlineData(PairManifest.LabelerFile)]
    public async Task A_pair_with_one_flipped_bit_is_corrupted(string name)
    {
        string path = Path.Combine(faults.Pair, name);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^5] ^= 1;
        File.WriteAllBytes(path, bytes);
        await Faults.RefusedAsync(1, $"{name}: its SHA-256 is not the one pair.json lists", "pair", "inspect", faults.Pair);
    }

    [Fact]
    public async Task A_pair_that_was_cut_short_or_lacks_a_file_says_which()
    {
        string path = Path.Combine(faults.Pair, PairManifest.LabelerFile);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^1]);
        await Faults.RefusedAsync(1, "labeler.safetensors: ", "pair", "inspect", faults.Pair);
        File.Delete(path);
        await Faults.RefusedAsync(1, "labeler.safetensors: missing", "pair", "inspect", faults.Pair);
    }

    [Fact]
    public async Task An_edited_or_broken_manifest_is_refused()
    {
        string path = Path.Combine(faults.Pair, PairManifest.FileName), text = File.ReadAllText(path);
        File.WriteAllText(path, text.Replace("\"background\"", "\"sky\""));
        await Faults.RefusedAsync(1, "digest does not fit its content", "pair", "inspect", faults.Pair);
        File.WriteAllText(path, text[..(text.Length / 2)]);
        await Faults.RefusedAsync(1, "pair.json: not a pair's manifest", "pair", "inspect", faults.Pair);
    }

    [Fact]
    public async Task What_a_new_calibration_does_not_change_is_refused_with_it()
    {
        await Faults.RefusedAsync(2, "without --license it would be right", "pair", "pack", "--recalibrate", "--out", faults.Pair, "--license", "MIT");
        await Faults.RefusedAsync(2, "truncation 1.5: 0 to 1", "pair", "pack", "--recalibrate", "--out", faults.Pair, "--truncation", "1.5");
        await Faults.RefusedAsync(2, "one after the other", "pair", "pack", "--recalibrate", "--amend", "--out", faults.Pair);
    }

    [Fact]
    public Task A_generator_with_a_tensor_of_another_shape_is_refused()
        => PackRefused(PairManifest.GeneratorFile, "synthesis.b8.conv0.bias", t => zeros(t.shape[0] + 1), "tensor 'synthesis.b8.conv0.bias' has shape [17], expected [16]");

    [Fact]
    public Task A_generator_with_NaN_weights_is_refused()
        => PackRefused(PairManifest.GeneratorFile, "mapping.fc0.weight", t => full_like(t, float.NaN), "tensor 'mapping.fc0.weight' holds NaN");

    [Fact]
    public Task A_labeler_with_a_tensor_of_another_shape_is_refused()
        => PackRefused(PairManifest.LabelerFile, "segmentation.member1.layers.3.bias", t => zeros(t.shape[0] + 1), "tensor 'segmentation.member1.layers.3.bias' has shape [9], [8] would be right");

    [Fact]
    public Task A_labeler_with_NaN_weights_is_refused()
        => PackRefused(PairManifest.LabelerFile, "depth.member0.layers.6.bias", t => full_like(t, float.PositiveInfinity), "tensor 'depth.member0.layers.6.bias' holds NaN or infinite");

    [Fact]
    public async Task A_file_that_is_no_network_is_refused()
    {
        File.WriteAllText(faults.At("notes.txt"), "not a network");
        await Faults.RefusedAsync(1, "notes.txt: not a whole safetensors file", Pack(faults.At("notes.txt"), Path.Combine(faults.Pair, PairManifest.LabelerFile)));
        await Faults.RefusedAsync(1, "none.safetensors", Pack(faults.At("none.safetensors"), Path.Combine(faults.Pair, PairManifest.LabelerFile)));
    }

    [Fact]
    public async Task Networks_of_two_pairs_do_not_pass_as_one()
    {
        TrialPair.Create(faults.At("larger"), 32);
        await Faults.RefusedAsync(1, "belong to different pairs", Pack(Path.Combine(faults.At("larger"), PairManifest.GeneratorFile), Path.Combine(faults.Pair, PairManifest.LabelerFile)));
    }

    [Fact]
    public async Task Two_files_of_one_name_cannot_both_be_included()
    {
        foreach (string folder in (string[])["a", "b"]) Directory.CreateDirectory(faults.At(folder));
        await Faults.RefusedAsync(
            2, "there is a second file of that name", "pair", "pack", "--amend", "--out", faults.Pair, "--include", Path.Combine(faults.At("a"), "README.md"), "--include", Path.Combine(faults.At("b"), "README.md"));
    }

    [Theory]
    [InlineData("not JSON")]
    [InlineData("{}")]
    [InlineData("null")]
    public Task An_evaluation_that_is_none_is_refused(string content)
    {
        File.WriteAllText(faults.At("evaluation.json"), content);
        return Faults.RefusedAsync(2, "evaluation.json: what handsoff evaluate --json prints would be right", "pair", "pack", "--amend", "--out", faults.Pair, "--evaluation", faults.At("evaluation.json"));
    }

    private async Task PackRefused(string file, string tensor, Func<Tensor, Tensor> change, string says)
    {
        Faults.Replace(Path.Combine(faults.Pair, file), tensor, change);
        await Faults.RefusedAsync(1, says, Pack(Path.Combine(faults.Pair, PairManifest.GeneratorFile), Path.Combine(faults.Pair, PairManifest.LabelerFile)));
        Assert.False(File.Exists(Path.Combine(faults.At("packed"), PairManifest.FileName)));
    }

    private string[] Pack(string generator, string labeler) => ["pair", "pack", "--generator", generator, "--labeler", labeler, "--samples", "16", "--out", faults.At("packed")];
}
