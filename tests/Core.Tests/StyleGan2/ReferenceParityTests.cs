using System.Text.RegularExpressions;
using HandsOff.Core.StyleGan2;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.StyleGan2;

/// <summary>Forward passes against vectors of NVlabs' definition.</summary>
public sealed partial class ReferenceParityTests
{
    [Fact]
    public void A_16_px_generator_renders_the_reference_images_and_taps() => CheckGenerator(SharedData.Reference("stylegan2_16.safetensors"));

    [Fact]
    public void A_32_px_generator_renders_the_reference_images_and_taps() => CheckGenerator(SharedData.Require("reference", "stylegan2_32.safetensors"));

    [Fact]
    public void A_64_px_generator_renders_the_reference_images_and_taps() => CheckGenerator(SharedData.Require("reference", "stylegan2_64.safetensors"));

    [Fact]
    public void A_16_px_discriminator_gives_the_reference_logits() => CheckDiscriminator(SharedData.Reference("stylegan2_16.safetensors"));

    [Fact]
    public void A_32_px_discriminator_gives_the_reference_logits() => CheckDiscriminator(SharedData.Require("reference", "stylegan2_32.safetensors"));

    [Fact]
    public void A_64_px_discriminator_gives_the_reference_logits() => CheckDiscriminator(SharedData.Require("reference", "stylegan2_64.safetensors"));

    private static void CheckGenerator(string path)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var reference = new ReferenceNetworks(path);
        var g = reference.Generator;
        ReferenceNetworks.AssertClose(reference["out.ws_psi1"], g.Map(reference["in.z"]), "ws");
        int images = 0, maps = 0;
        foreach (string name in reference.Names)
        {
            if (ImageName().Match(name) is not { Success: true } match) continue;
            float psi = float.Parse(match.Groups["psi"].Value);
            int? cutoff = match.Groups["cut"].Success ? int.Parse(match.Groups["cut"].Value) : null;
            var mode = match.Groups["mode"].Value == "none" ? NoiseMode.None : NoiseMode.Const;
            ReferenceNetworks.AssertClose(reference[name], g.Synthesize(g.Map(reference["in.z"], psi, cutoff), mode), name);
            images++;
        }

        var taps = new List<Tensor>();
        g.Synthesize(g.Map(reference["in.z"]), taps: taps);
        Assert.Equal(reference.Config.Taps.Select(t => new long[] { 3, t.Channels, t.Height, t.Width }), taps.Select(t => t.shape));
        foreach (var (shape, tap) in reference.Config.Taps.Zip(taps).Skip(1))
        {
            ReferenceNetworks.AssertClose(reference["out.tap." + shape.Name], tap, shape.Name);
            maps++;
        }

        Assert.True(images >= 4, $"only {images} reference images found");
        Assert.Equal(reference.Config.NumWs - 1, maps);
    }

    private static void CheckDiscriminator(string path)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var reference = new ReferenceNetworks(path);
        var features = new List<Tensor>();
        var logits = reference.Discriminator.forward(reference["in.d_image"], features);
        ReferenceNetworks.AssertClose(reference["out.d_logits"], logits, "logits");
        Assert.Equal(reference.Config.Blocks - 1, features.Count);
    }

    [GeneratedRegex(@"^out\.image_psi(?<psi>[0-9.]+)(_cut(?<cut>\d+))?_(?<mode>const|none)$")]
    private static partial Regex ImageName();
}
