using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.StyleGan2;

/// <summary>
/// A generator for rendering only: the images of <see cref="Generator"/>, sooner. Gains are folded into weights, demodulation
/// energies and noise are computed once, features lie channels last, and activations work in place. It copies what it
/// needs, so the source may be disposed or trained on. Calls may come from several threads.
/// </summary>
/// <remarks>
/// With a fixed batch size a sample's bits do not depend on its place in the batch, on its neighbours or on the number of
/// threads; with another batch size they may differ in the last place. Render in one fixed batch size and pad the last batch.
/// </remarks>
public sealed class FastGenerator : IDisposable
{
    private readonly PreparedTensors prepared;
    private readonly FastDense[] mapping;
    private readonly Tensor constant;
    private readonly FastConv[] convs;
    private readonly FastRgb[] rgbs;
    private bool disposed;

    /// <param name="source">Copied; stays the caller's.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="maps">
    /// Type of the feature maps of 16 pixels a side and more, as NVlabs' networks keep theirs in half precision: fp32, or bfloat16
    /// where <see cref="Precision.BFloat16IsFast"/>. Styles, demodulation and the image are fp32 in either case.
    /// </param>
    public FastGenerator(Generator source, Device device, ScalarType maps = ScalarType.Float32)
    {
        Config = source.Config;
        Device = device;
        prepared = new PreparedTensors(device);
        mapping = [.. source.Mapping.Layers.Select(l => new FastDense(l, prepared))];
        WAverage = prepared.Keep(() => source.WAverage);
        constant = prepared.Keep(() => ChannelsLast.Of(source.Synthesis.Blocks[0].Const.unsqueeze(0)));
        convs = [.. source.Synthesis.Convs.Select(c => new FastConv(c, prepared, maps))];
        rgbs = [.. source.Synthesis.Blocks.Select(b => new FastRgb(b.Rgb, prepared))];
    }

    public StyleGan2Config Config { get; }

    public Device Device { get; }

    /// <summary>Mean of w, [WDim]; do not dispose it.</summary>
    public Tensor WAverage { get; }

    /// <summary>As <see cref="Generator.Map"/>, without gradients: z [B, ZDim] on the device -> ws [B, NumWs, WDim] in the caller's dispose scope.</summary>
    public Tensor Map(Tensor z, float psi = 1, int? cutoff = null)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (z.dim() != 2 || z.shape[1] != Config.ZDim)
            throw new ArgumentException($"z of shape [{string.Join(", ", z.shape)}]: expected [B, {Config.ZDim}]", nameof(z));
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var w = MappingNetwork.Normalize(z);
        foreach (var layer in mapping) w = layer.Apply(w).leaky_relu_(Scalars.Of(Activation.Slope));
        return MappingNetwork.Broadcast(w, WAverage, Config.NumWs, psi, cutoff).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// As <see cref="Generator.Synthesize"/>, without gradients: ws [B, NumWs, WDim] -> [B, 3, Height, Width], not clamped. Image
    /// and taps (order of <see cref="StyleGan2Config.Taps"/>) lie channels last, in the caller's dispose scope.
    /// </summary>
    public Tensor Synthesize(Tensor ws, NoiseMode noise = NoiseMode.Const, IReadOnlyList<Tensor>? noiseMaps = null, List<Tensor>? taps = null)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        NoiseMaps.Check(Config, ws, noise, noiseMaps);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor[] w = [.. Enumerable.Range(0, Config.NumWs).Select(i => ws.select(1, i).contiguous())];
        var x = constant.expand(ws.shape[0], -1, -1, -1);
        taps?.Add(x.MoveToOuterDisposeScope());
        Tensor? rgb = null;
        for (int i = 0; i < convs.Length; i++)
        {
            var next = convs[i].Apply(x, w[i], noise, noiseMaps?[i]);
            if (taps is null) x.Dispose();
            else taps.Add(next.MoveToOuterDisposeScope());
            x = next;

            // The first block has one convolution, the others two; each block's last is followed by its RGB.
            if (i % 2 == 0) rgb = rgbs[i / 2].Apply(x, w[i + 1], rgb);
        }

        return rgb!.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        disposed = true;
        prepared.Dispose();
    }
}
