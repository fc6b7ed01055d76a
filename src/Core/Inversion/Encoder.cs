using HandsOff.Core.StyleGan2;
using HandsOff.Core.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Generator = HandsOff.Core.StyleGan2.Generator;

namespace HandsOff.Core.Inversion;

/// <summary>
/// Residual encoder into w+ (the scheme of ReStyle, Alaluf et al. 2021): it sees the photograph and what is still missing of
/// it (photograph minus current reconstruction, six channels), and says how to change the latents. It is applied a few times,
/// from the generator's mean latent on. Small: it works on images averaged down to <see cref="EncoderConfig.Side"/> pixels.
/// </summary>
public sealed class Encoder : nn.Module<Tensor, Tensor, Tensor>
{
    private const int Grid = 4, GridChannels = 64;
    private readonly Conv2d stem, squeeze;
    private readonly ModuleList<EncoderBlock> blocks;
    private readonly GroupNorm norm;
    private readonly Linear head;
    private readonly Tensor start, scale;

    /// <param name="config">Sizes; validated.</param>
    /// <param name="start">The generator's mean latent, [WDim]: where refinement begins. Copied.</param>
    /// <param name="scale">Standard deviation of w over latents and dimensions: the unit of the encoder's outputs.</param>
    /// <param name="seed">Draws the initial weights.</param>
    public Encoder(EncoderConfig config, Tensor start, double scale, ulong seed = 0) : base(nameof(Encoder))
    {
        Config = config.Validate();
        int c = config.Channels;
        stem = nn.Conv2d(6, c, 3, padding: 1);
        blocks = new ModuleList<EncoderBlock>();
        int[] widths = [c, 2 * c, 4 * c, 6 * c];
        int stages = System.Numerics.BitOperations.Log2((uint)(config.Side / Grid));
        for (int i = 0, from = c; i < Math.Max(stages, 1); i++)
        {
            int to = widths[Math.Min(i + 1, 3)];
            blocks.Add(new EncoderBlock(from, to, 2));
            from = to;
        }

        int last = widths[Math.Min(Math.Max(stages, 1), 3)];
        norm = nn.GroupNorm(8, last);
        squeeze = nn.Conv2d(last, GridChannels, 1);
        head = nn.Linear(GridChannels * Grid * Grid, config.NumWs * config.WDim);
        using (no_grad())
        {
            this.start = start.detach().cpu().clone().DetachFromDisposeScope();
            this.scale = full(1, Scalars.Live(scale)).DetachFromDisposeScope();
        }

        RegisterComponents();
        Initialise(seed);
    }

    public EncoderConfig Config { get; }

    /// <summary>The unit of the encoder's outputs: the standard deviation of w.</summary>
    public double Scale => scale.item<float>();

    /// <summary>
    /// One refinement: how to change the latents, [B,NumWs,WDim], given the photograph and the current reconstruction, both
    /// [B,3,Height,Width] in [-1,1]. Belongs to the caller's dispose scope.
    /// </summary>
    public override Tensor forward(Tensor image, Tensor reconstruction)
    {
        using var scope = NewDisposeScope();
        var x = stem.Run(Reduced(cat([image, image - reconstruction], 1)));
        foreach (var block in blocks) x = block.forward(x);
        x = squeeze.forward(nn.functional.relu(norm.forward(x)));
        x = nn.functional.adaptive_avg_pool2d(nn.functional.relu(x), [Grid, Grid]).flatten(1);
        return (head.forward(x).view(-1, Config.NumWs, Config.WDim) * scale).MoveToOuterDisposeScope();
    }

    /// <summary>The latents that refinement begins with, [count,NumWs,WDim] (a view), in the caller's dispose scope.</summary>
    public Tensor Start(long count) => start.view(1, 1, -1).expand(count, Config.NumWs, Config.WDim);

    /// <summary>
    /// Latents [B,NumWs,WDim] of photographs [B,3,Height,Width] in [-1,1] after <paramref name="refinements"/> rounds (those it
    /// was trained for when null). No gradient. The caller disposes them.
    /// </summary>
    public Tensor Encode(Generator generator, Tensor images, int? refinements = null)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var ws = Start(images.shape[0]);
        for (int i = 0; i < (refinements ?? Config.Refinements); i++)
        {
            using var inner = NewDisposeScope();
            var reconstruction = generator.Synthesize(ws);
            ws = ws.Plus(forward(images, reconstruction)).MoveToOuterDisposeScope();
        }

        return ws.clone().MoveToOuterDisposeScope();
    }

    /// <summary>Writes weights and sizes as safetensors.</summary>
    public void Save(string path) => SafeTensors.Write(path, StateTensors(), new Dictionary<string, string>
    {
        ["kind"] = "handsoff-encoder",
        ["width"] = $"{Config.Width}",
        ["height"] = $"{Config.Height}",
        ["num_ws"] = $"{Config.NumWs}",
        ["w_dim"] = $"{Config.WDim}",
        ["side"] = $"{Config.Side}",
        ["channels"] = $"{Config.Channels}",
        ["refinements"] = $"{Config.Refinements}",
    });

    /// <summary>Reads an encoder for this generator. The caller disposes it.</summary>
    /// <exception cref="HandsOffException">The file is unreadable, no encoder, or was trained for another generator.</exception>
    public static Encoder Load(string path, Generator generator, Device? device = null)
    {
        var (tensors, metadata) = SafeTensors.Read(path);
        try
        {
            var config = ConfigOf(metadata, path);
            if (!config.Fits(generator.Config))
                throw new HandsOffException($"{path}: an encoder for {config.Width}x{config.Height} images and {config.NumWs}x{config.WDim} latents; the generator has {generator.Config.Width}x{generator.Config.Height} and {generator.Config.NumWs}x{generator.Config.WDim}");
            using var scope = NewDisposeScope();
            var encoder = new Encoder(config, generator.WAverage, 1);
            encoder.LoadStateTensors(tensors, path);
            if (!encoder.start.allclose(generator.WAverage.cpu(), rtol: 1e-4, atol: 1e-4))
            {
                encoder.Dispose();
                throw new HandsOffException($"{path}: trained for another generator (its mean latent differs); train the encoder again with this one");
            }

            if (device is not null) encoder.to(device);
            return encoder;
        }
        finally
        {
            foreach (var t in tensors.Values) t.Dispose();
        }
    }

    /// <summary>Parameters and buffers by name: the module's own tensors; do not dispose them.</summary>
    internal Dictionary<string, Tensor> StateTensors()
    {
        var state = named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter, StringComparer.Ordinal);
        foreach (var (name, buffer) in named_buffers()) state[name] = buffer;
        return state;
    }

    /// <summary>Copies tensors by name into this encoder.</summary>
    internal void LoadStateTensors(IReadOnlyDictionary<string, Tensor> tensors, string where)
    {
        using var noGrad = no_grad();
        foreach (var (name, target) in StateTensors())
        {
            if (!tensors.TryGetValue(name, out var value) || !value.shape.SequenceEqual(target.shape))
                throw new HandsOffException($"{where}: encoder tensor '{name}' is missing or not of shape [{string.Join(", ", target.shape)}]");
            if (!value.isfinite().all().item<bool>()) throw new HandsOffException($"{where}: encoder tensor '{name}' holds values that are not finite");
            target.copy_(value);
        }
    }

    private static EncoderConfig ConfigOf(Dictionary<string, string> metadata, string path)
    {
        int Figure(string key) => metadata.TryGetValue(key, out string? text) && int.TryParse(text, out int value)
            ? value
            : throw new HandsOffException($"{path}: not an encoder: its metadata has no whole number '{key}'; a file that 'handsoff train encoder' wrote would be right");
        return new EncoderConfig
        {
            Width = Figure("width"),
            Height = Figure("height"),
            NumWs = Figure("num_ws"),
            WDim = Figure("w_dim"),
            Side = Figure("side"),
            Channels = Figure("channels"),
            Refinements = Figure("refinements"),
        }.Validate();
    }

    private Tensor Reduced(Tensor x)
    {
        long small = Math.Min(Config.Width, Config.Height);
        return small == Config.Side ? x : nn.functional.avg_pool2d(x, small / Config.Side);
    }

    /// <summary>He initialisation from the seed, the last layer near zero so that training begins at the mean latent.</summary>
    private void Initialise(ulong seed)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var random = new torch.Generator(seed, CPU);
        foreach (var (name, p) in named_parameters())
        {
            if (p.dim() < 2)
            {
                p.fill_(Scalars.Of(name.StartsWith("norm", StringComparison.Ordinal) || name.Contains(".norm", StringComparison.Ordinal) ? (name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0) : 0));
                continue;
            }

            double deviation = name == "head.weight" ? 1e-3 : Math.Sqrt(2.0 / (p.NumberOfElements / p.shape[0]));
            p.copy_(randn(p.shape, generator: random).Times(deviation));
        }
    }
}
