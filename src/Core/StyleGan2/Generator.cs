using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.StyleGan2;

/// <summary>
/// StyleGAN2 generator (Karras et al. 2020; layer for layer the definition of NVlabs stylegan2-ada-pytorch), in fp32, any
/// size of <see cref="StyleGan2Config"/>. Differentiable twice, for path length regularisation. For rendering only,
/// <see cref="FastGenerator"/> gives the same images sooner.
/// </summary>
public sealed class Generator : nn.Module
{
    private readonly MappingNetwork mapping;
    private readonly SynthesisNetwork synthesis;

    /// <param name="config">Sizes; validated.</param>
    /// <param name="random">Draws the initial weights; a generator of seed 0 when null.</param>
    /// <exception cref="HandsOffException">A size that no StyleGAN2 has.</exception>
    public Generator(StyleGan2Config config, torch.Generator? random = null) : base(nameof(Generator))
    {
        Config = config.Validate();
        using var scope = NewDisposeScope();
        using var seeded = random is null ? new torch.Generator(0, CPU) : null;
        mapping = this.Add("mapping", new MappingNetwork(config, random ?? seeded!));
        synthesis = this.Add("synthesis", new SynthesisNetwork(config, random ?? seeded!));
    }

    public StyleGan2Config Config { get; }

    /// <summary>
    /// Type of the convolutions at 16 px and above: Float32, or BFloat16 for faster training where the processor has it
    /// (<see cref="Precision.BFloat16IsFast"/>). Weights, gradients, latents and RGB stay fp32. Read at each call.
    /// </summary>
    public ScalarType ComputeType { get; set; } = ScalarType.Float32;

    /// <summary>Running mean of w, [WDim]; the module's own buffer.</summary>
    public Tensor WAverage => mapping.Average;

    internal MappingNetwork Mapping => mapping;

    internal SynthesisNetwork Synthesis => synthesis;

    /// <summary>Reads a generator saved by <see cref="Save"/>. The caller disposes it.</summary>
    /// <exception cref="HandsOffException">The file is unreadable, of another shape, or lacks a tensor.</exception>
    public static Generator Load(string path, Device? device = null) => NetworkState.Load(path, c => new Generator(c), device);

    /// <summary>Writes parameters, mean w and constant noise as safetensors (NVlabs names) with the sizes in the metadata.</summary>
    public void Save(string path) => NetworkState.Save(this, Config, path);

    /// <summary>Parameters and buffers by NVlabs name: the module's own tensors; do not dispose them.</summary>
    public IReadOnlyDictionary<string, Tensor> StateTensors() => NetworkState.Of(this);

    /// <summary>Copies tensors by NVlabs name into this network. The caller keeps owning them.</summary>
    /// <exception cref="HandsOffException">A tensor is missing, unknown, or of the wrong shape.</exception>
    public void LoadStateTensors(IReadOnlyDictionary<string, Tensor> tensors, string where = "generator state") => NetworkState.Load(this, tensors, where);

    /// <summary>
    /// Latents to w+: z [B, ZDim] -> ws [B, NumWs, WDim] (a view that repeats w; it belongs to the caller's dispose scope).
    /// </summary>
    /// <param name="z">Standard normal.</param>
    /// <param name="psi">Truncation: 1 none, 0 the mean latent.</param>
    /// <param name="cutoff">How many of the ws are truncated; all when null.</param>
    /// <param name="updateAverage">Moves <see cref="WAverage"/> toward this batch (training).</param>
    public Tensor Map(Tensor z, float psi = 1, int? cutoff = null, bool updateAverage = false)
    {
        if (z.dim() != 2 || z.shape[1] != Config.ZDim)
            throw new ArgumentException($"z of shape [{string.Join(", ", z.shape)}]: expected [B, {Config.ZDim}]", nameof(z));
        var w = mapping.forward(z);
        if (updateAverage) mapping.UpdateAverage(w);
        return MappingNetwork.Broadcast(w, WAverage, Config.NumWs, psi, cutoff);
    }

    /// <summary>
    /// w+ to images: ws [B, NumWs, WDim] -> [B, 3, Height, Width], nominally in [-1, 1], not clamped.
    /// </summary>
    /// <param name="ws">One latent a styled convolution, one more for the last RGB.</param>
    /// <param name="noise">Where the noise comes from; <see cref="NoiseMode.Seeded"/> takes <paramref name="noiseMaps"/>.</param>
    /// <param name="noiseMaps">A [B or 1, 1, h, w] map for each styled convolution, standard normal.</param>
    /// <param name="taps">When given, receives the constant (expanded to the batch) and every styled convolution's output, in the
    /// order of <see cref="StyleGan2Config.Taps"/>.</param>
    /// <returns>Image and taps belong to the caller's dispose scope.</returns>
    public Tensor Synthesize(Tensor ws, NoiseMode noise = NoiseMode.Const, IReadOnlyList<Tensor>? noiseMaps = null, List<Tensor>? taps = null)
    {
        NoiseMaps.Check(Config, ws, noise, noiseMaps);
        return synthesis.Apply(ws, noise, noiseMaps, taps, ComputeType);
    }
}
