using HandsOff.Core.Evaluation;
using HandsOff.Core.Imaging;
using HandsOff.Core.StyleGan2;
using HandsOff.Core.Tensors;
using HandsOff.Core.Training;
using TorchSharp;
using static TorchSharp.torch;
using Generator = HandsOff.Core.StyleGan2.Generator;

namespace HandsOff.Core.Tests.Inversion;

/// <summary>A tiny random generator with images that differ, a perceptual distance without outside weights, and photographs it can make.</summary>
internal sealed class InversionFixture : IDisposable
{
    public InversionFixture(int width = 16, int height = 16)
    {
        Config = new StyleGan2Config { Width = width, Height = height, ZDim = 16, WDim = 16, MappingLayers = 2, ChannelBase = 256, ChannelMax = 16 };
        using (var random = new torch.Generator(11)) Generator = new Generator(Config, random);
        using (var random = new torch.Generator(12)) Perceptual = new DiscriminatorPerceptual(new Discriminator(Config, random));
        Folder = Directory.CreateTempSubdirectory("handsoff-inversion").FullName;
    }

    public StyleGan2Config Config { get; }

    public Generator Generator { get; }

    public PerceptualLoss Perceptual { get; }

    public string Folder { get; }

    /// <summary>Writes images that the generator makes as PNG files; ids are 000, 001, ...</summary>
    public string Photographs(string name, int count, ulong seed)
    {
        string folder = Path.Combine(Folder, name);
        Directory.CreateDirectory(folder);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var random = new torch.Generator(seed);
        var images = Generator.Synthesize(Generator.Map(randn([count, Config.ZDim], generator: random)));
        for (int i = 0; i < count; i++)
            File.WriteAllBytes(Path.Combine(folder, $"{i:D3}.png"), PngWriter.Rgb(Pixels.ToRgb(images[i]), Config.Width, Config.Height));
        return folder;
    }

    public ImageFolder Load(string folder) => ImageFolder.Load([folder], Config.Width, Config.Height);

    public void Dispose()
    {
        Generator.Dispose();
        Perceptual.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
