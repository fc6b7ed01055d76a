using HandsOff.Core.Labeling;
using HandsOff.Core.Labeling.Training;
using HandsOff.Core.Pairs;
using HandsOff.Core.StyleGan2;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using SynthesisNet = HandsOff.Core.StyleGan2.Generator;

namespace HandsOff.Core.Tests.Labeling;

/// <summary>
/// A 16 px generator of random weights and "photographs" it can make itself, labelled by rules on its features: the class
/// is the strongest of three channels, the depth rises with one of 8x8 pixels, the keypoint is where one peaks.
/// </summary>
internal sealed class ToyPhotographs : IDisposable
{
    public ToyPhotographs(int count)
    {
        using var scope = NewDisposeScope();
        using var random = new torch.Generator(5, CPU);
        Generator = new SynthesisNet(new StyleGan2Config { Width = 16, Height = 16, ZDim = 16, WDim = 16, MappingLayers = 2, ChannelBase = 256, ChannelMax = 16 }, random);
        using var noGrad = no_grad();
        var ws = Generator.Map(randn([count, 16], generator: random)).contiguous();
        var taps = new List<Tensor>();
        var images = Generator.Synthesize(ws, taps: taps);
        for (int i = 0; i < count; i++) Photographs.Add(new InvertedPhotograph($"p{i:D2}", ws[i].clone().DetachFromDisposeScope(), Label(images[i], taps[5][i], nn.functional.interpolate(taps[3].narrow(0, i, 1), [16, 16], mode: InterpolationMode.Bilinear, align_corners: false)[0])));
    }

    public SynthesisNet Generator { get; }

    public List<InvertedPhotograph> Photographs { get; } = [];

    public static LabelSchema Schema => TrialPair.Schema with { Classes = [.. TrialPair.Schema.Classes.Take(3)], Keypoints = ["brightest"], Skeleton = [], KeypointFlip = [] };

    public List<Tensor> Taps(InvertedPhotograph photograph)
    {
        using var noGrad = no_grad();
        var taps = new List<Tensor>();
        Generator.Synthesize(photograph.Latents.unsqueeze(0), taps: taps);
        return taps;
    }

    public void Dispose()
    {
        Generator.Dispose();
        foreach (var p in Photographs) p.Dispose();
    }

    private static LabeledImage Label(Tensor image, Tensor fine, Tensor coarse)
    {
        using var scope = NewDisposeScope();
        byte[] mask = fine.narrow(0, 0, 3).argmax(0).to(ScalarType.Byte).contiguous().bytes.ToArray();
        float[] depth = [.. (coarse[1].sigmoid() * 2.4 + 0.55).flatten().data<float>()];
        long at = coarse[2].flatten().argmax().ToInt64();
        return new LabeledImage { Width = 16, Height = 16, Rgb = Pixels.ToRgb(image), Mask = mask, Depth = depth, Keypoints = [at % 16, at / 16, 2] };
    }
}
