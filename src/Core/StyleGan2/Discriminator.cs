using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.StyleGan2;

/// <summary>
/// StyleGAN2 residual discriminator (NVlabs stylegan2-ada-pytorch, 'resnet', fp32), for any size of
/// <see cref="StyleGan2Config"/>. Differentiable twice, for the R1 penalty.
/// </summary>
public sealed class Discriminator : nn.Module<Tensor, Tensor>
{
    private readonly List<DiscriminatorBlock> blocks = [];
    private readonly DiscriminatorEpilogue epilogue;

    /// <param name="config">Sizes; validated.</param>
    /// <param name="random">Draws the initial weights; a generator of seed 0 when null.</param>
    /// <exception cref="HandsOffException">A size that no StyleGAN2 has.</exception>
    public Discriminator(StyleGan2Config config, torch.Generator? random = null) : base(nameof(Discriminator))
    {
        Config = config.Validate();
        using var scope = NewDisposeScope();
        using var seeded = random is null ? new torch.Generator(0, CPU) : null;
        for (int b = config.Blocks - 1; b > 0; b--)
        {
            var block = new DiscriminatorBlock(config.ChannelsOf(b), config.ChannelsOf(b - 1), StyleGan2Config.ResolutionOf(b), first: b == config.Blocks - 1, random ?? seeded!);
            blocks.Add(this.Add($"b{block.Resolution}", block));
        }

        epilogue = this.Add("b4", new DiscriminatorEpilogue(config, random ?? seeded!));
    }

    public StyleGan2Config Config { get; }

    /// <summary>
    /// Type of the convolutions at 16 px and above: Float32, or BFloat16 for faster training where the processor has it
    /// (<see cref="Precision.BFloat16IsFast"/>). Weights, gradients, images and logits stay fp32. Read at each call.
    /// </summary>
    public ScalarType ComputeType { get; set; } = ScalarType.Float32;

    /// <summary>Reads a discriminator saved by <see cref="Save"/>. The caller disposes it.</summary>
    /// <exception cref="HandsOffException">The file is unreadable, of another shape, or lacks a tensor.</exception>
    public static Discriminator Load(string path, Device? device = null) => NetworkState.Load(path, c => new Discriminator(c), device);

    /// <summary>Writes the parameters as safetensors (NVlabs names: <c>b64.fromrgb.weight</c>, ...) with the sizes in the metadata.</summary>
    public void Save(string path) => NetworkState.Save(this, Config, path);

    /// <summary>Parameters by NVlabs name: the module's own tensors; do not dispose them.</summary>
    public IReadOnlyDictionary<string, Tensor> StateTensors() => NetworkState.Of(this);

    /// <summary>Copies tensors by NVlabs name into this network. The caller keeps owning them.</summary>
    /// <exception cref="HandsOffException">A tensor is missing, unknown, or of the wrong shape.</exception>
    public void LoadStateTensors(IReadOnlyDictionary<string, Tensor> tensors, string where = "discriminator state") => NetworkState.Load(this, tensors, where);

    /// <summary>Images [B, 3, Height, Width] -> logits [B, 1] (high means real), in the caller's dispose scope.</summary>
    public override Tensor forward(Tensor image) => forward(image, null);

    /// <summary>As <see cref="forward(Tensor)"/>; <paramref name="features"/>, when given, receives each block's output, largest first.</summary>
    public Tensor forward(Tensor image, List<Tensor>? features)
    {
        if (image.dim() != 4 || image.shape[1] != 3 || image.shape[2] != Config.Height || image.shape[3] != Config.Width)
            throw new ArgumentException($"image of shape [{string.Join(", ", image.shape)}]: expected [B, 3, {Config.Height}, {Config.Width}]", nameof(image));
        var x = ChannelsLast.Of(image);
        foreach (var block in blocks)
        {
            x = block.forward(x.to(Precision.Of(block.Resolution, block.Inputs, block.Outputs, ComputeType)));
            features?.Add(x);
        }

        return epilogue.forward(x.to(ScalarType.Float32));
    }
}
