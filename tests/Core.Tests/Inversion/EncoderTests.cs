using HandsOff.Core.Inversion;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.Inversion;

public sealed class EncoderTests
{
    [Theory]
    [InlineData(16, 16, 32)]
    [InlineData(64, 64, 32)]
    [InlineData(32, 48, 16)]
    [InlineData(128, 64, 64)]
    public void It_gives_a_latent_a_layer_for_square_and_rectangular_images(int width, int height, int side)
    {
        using var fixture = new InversionFixture(width, height);
        using var encoder = new Encoder(EncoderConfig.For(fixture.Config, side), fixture.Generator.WAverage, 1);
        using var scope = NewDisposeScope();
        var images = zeros(2, 3, height, width);
        Assert.Equal([2L, fixture.Config.NumWs, fixture.Config.WDim], encoder.Encode(fixture.Generator, images).shape);
    }

    [Fact]
    public void Saved_and_loaded_it_gives_the_same_latents_and_leaves_no_tensor_behind()
    {
        using var fixture = new InversionFixture();
        string path = Path.Combine(fixture.Folder, "encoder.safetensors");
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (var scope = NewDisposeScope())
        {
            using var random = new torch.Generator(4);
            var images = rand([3, 3, 16, 16], generator: random);
            using var encoder = new Encoder(EncoderConfig.For(fixture.Config), fixture.Generator.WAverage, 0.5, seed: 7);
            encoder.Save(path);
            using var loaded = Encoder.Load(path, fixture.Generator);
            Assert.True(encoder.Encode(fixture.Generator, images).eq(loaded.Encode(fixture.Generator, images)).all().item<bool>());
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void An_encoder_of_another_generator_is_refused()
    {
        using var fixture = new InversionFixture();
        string path = Path.Combine(fixture.Folder, "encoder.safetensors");
        using (var encoder = new Encoder(EncoderConfig.For(fixture.Config), fixture.Generator.WAverage, 1)) encoder.Save(path);
        using (no_grad()) fixture.Generator.WAverage.add_(1);
        Assert.Contains("another generator", Assert.Throws<HandsOffException>(() => Encoder.Load(path, fixture.Generator)).Message);
        using var wide = new InversionFixture(32, 16);
        Assert.Contains("32x16", Assert.Throws<HandsOffException>(() => Encoder.Load(path, wide.Generator)).Message);
    }

    [Fact]
    public void A_file_that_is_no_encoder_or_holds_no_numbers_is_refused()
    {
        using var fixture = new InversionFixture();
        string path = Path.Combine(fixture.Folder, "encoder.safetensors");
        fixture.Generator.Save(path);
        Assert.Contains("not an encoder", Assert.Throws<HandsOffException>(() => Encoder.Load(path, fixture.Generator)).Message);
        using (var encoder = new Encoder(EncoderConfig.For(fixture.Config), fixture.Generator.WAverage, 1)) encoder.Save(path);
        var (tensors, metadata) = SafeTensors.Read(path);
        tensors["head.bias"].fill_(double.NaN);
        SafeTensors.Write(path, tensors, metadata);
        foreach (var t in tensors.Values) t.Dispose();
        Assert.Contains("head.bias", Assert.Throws<HandsOffException>(() => Encoder.Load(path, fixture.Generator)).Message);
    }
}
