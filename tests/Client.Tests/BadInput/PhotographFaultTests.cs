using HandsOff.Core.Pairs;

namespace HandsOff.Client.Tests.BadInput;

/// <summary>Photographs and labels that cannot be used.</summary>
public sealed class PhotographFaultTests : IDisposable
{
    private readonly Faults faults = new();

    public void Dispose() => faults.Dispose();

    [Fact]
    public async Task An_unreadable_photograph_is_named_and_nothing_is_written()
    {
        File.WriteAllText(Path.Combine(faults.Data, "images", "p2.png"), "this is no image");
        await Faults.RefusedAsync(1, "p2.png", Invert());
        await Faults.RefusedAsync(1, "p2.png", TrainGan());
        byte[] whole = Faults.Photograph(Faults.Size, 1);
        File.WriteAllBytes(Path.Combine(faults.Data, "images", "p2.png"), whole[..(whole.Length / 2)]);
        await Faults.RefusedAsync(1, "p2.png", Invert());
        Assert.False(File.Exists(Path.Combine(faults.At("out"), "latents.safetensors")));
    }

    [Fact]
    public async Task A_photograph_of_another_size_is_told_the_right_one()
    {
        File.WriteAllBytes(Path.Combine(faults.Data, "images", "p3.png"), Faults.Photograph(8, 1));
        await Faults.RefusedAsync(1, "p3.png is 8x8: it should be 16x16", Invert());
        await Faults.RefusedAsync(1, "p3.png is 8x8: it should be 16x16", TrainGan());
    }

    [Fact]
    public async Task A_folder_without_photographs_is_said()
    {
        foreach (string file in Directory.EnumerateFiles(Path.Combine(faults.Data, "images"))) File.Delete(file);
        await Faults.RefusedAsync(1, "no PNG, JPEG or WebP image found", Invert());
        await Faults.RefusedAsync(1, "nowhere", [.. Invert()[..4], faults.At("nowhere"), .. Invert()[5..]]);
    }

    [Fact]
    public async Task A_mask_with_an_unknown_class_is_told_which_ids_there_are()
    {
        File.WriteAllBytes(Path.Combine(faults.Data, "masks", "p1.png"), Faults.Mask(Faults.Size, 9));
        await Faults.RefusedAsync(1, "p1.png: class id 9 at (3, 1); schema.json has classes 0 to 3", TrainLabeler());
    }

    [Fact]
    public async Task A_mask_of_another_size_than_its_image_is_refused()
    {
        File.WriteAllBytes(Path.Combine(faults.Data, "masks", "p1.png"), Faults.Mask(8, 1));
        await Faults.RefusedAsync(1, "p1.png: 8x8, but its image p1.png is 16x16", TrainLabeler());
    }

    [Fact]
    public async Task An_image_without_its_label_is_named()
    {
        File.Delete(Path.Combine(faults.Data, "masks", "p4.png"));
        await Faults.RefusedAsync(1, "p4.png: missing; image p4 has no label here", TrainLabeler());
    }

    [Fact]
    public async Task Fewer_than_four_labelled_images_are_refused()
    {
        foreach (string id in (string[])["p0", "p1"]) File.Delete(Path.Combine(faults.Data, "images", $"{id}.png"));
        await Faults.RefusedAsync(1, "3 images; at least 4 are needed", TrainLabeler());
    }

    [Fact]
    public async Task A_missing_or_broken_schema_is_named()
    {
        File.WriteAllText(Path.Combine(faults.Data, "schema.json"), "{ classes");
        await Faults.RefusedAsync(1, "schema.json: not a label schema", TrainLabeler());
        File.Delete(Path.Combine(faults.Data, "schema.json"));
        await Faults.RefusedAsync(1, "schema.json: missing", TrainLabeler());
    }

    [Fact]
    public async Task Photographs_that_were_not_inverted_are_said()
    {
        File.Delete(Path.Combine(faults.Inverted, "latents.safetensors"));
        await Faults.RefusedAsync(1, "latents.safetensors: missing; 'handsoff invert", TrainLabeler());
        Assert.False(File.Exists(Path.Combine(faults.At("out"), "labeler.safetensors")));
    }

    [Fact]
    public async Task A_generator_with_NaN_weights_is_refused_by_all_that_use_it()
    {
        Faults.Replace(Generator, "synthesis.b8.conv0.bias", t => TorchSharp.torch.full_like(t, float.NaN));
        const string says = "generator.safetensors: tensor 'synthesis.b8.conv0.bias' holds NaN or infinite weights";
        await Faults.RefusedAsync(1, says, Invert());
        await Faults.RefusedAsync(1, says, TrainLabeler());
        await Faults.RefusedAsync(1, says, "train", "encoder", "--generator", Generator, "--photos", faults.Data, "--held-out", faults.Data, "--out", faults.At("out"), "--perceptual", "discriminator", "--discriminator", faults.At("discriminator.safetensors"));
        string grown = faults.At("grown");
        Directory.CreateDirectory(grown);
        File.Copy(Generator, Path.Combine(grown, PairManifest.GeneratorFile));
        File.Copy(faults.At("discriminator.safetensors"), Path.Combine(grown, "discriminator.safetensors"));
        await Faults.RefusedAsync(1, says, [.. TrainGan(), "--init-from", grown]);
    }

    [Fact]
    public Task An_unknown_device_is_refused() => Faults.RefusedAsync(2, "--device abacus: it should be cpu, cuda or cuda:N", [.. TrainLabeler(), "--device", "abacus"]);

    private string Generator => Path.Combine(faults.Pair, PairManifest.GeneratorFile);

    private string[] Invert() =>
        ["invert", "--generator", Generator, "--data", faults.Data, "--out", faults.At("out"), "--perceptual", "discriminator", "--discriminator", faults.At("discriminator.safetensors"), "--optimize", "1"];

    private string[] TrainGan() => ["train", "gan", "--size", "16", "--data", Path.Combine(faults.Data, "images"), "--out", faults.At("gan")];

    private string[] TrainLabeler() => ["train", "labeler", "--generator", Generator, "--inverted", faults.Inverted, "--data", faults.Data, "--out", faults.At("out"), "--members", "1", "--steps", "1"];
}
