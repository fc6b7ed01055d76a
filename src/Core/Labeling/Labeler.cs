using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Labeling;

/// <summary>
/// A trained ensemble of per-pixel MLPs, ready to run: reads a generator's taps, gives masks, keypoints, depth and how
/// sure it is (Xu et al. 2023, HandsOff; Zhang et al. 2021, DatasetGAN). The hypercolumn is never built, see
/// <see cref="FactoredLayer"/>. All heads always run: a sample's image score does not depend on which labels are wanted.
/// Not thread-safe.
/// </summary>
public sealed class Labeler : IDisposable
{
    // Every single activation stays below glibc's largest mmap threshold (32 MiB): reused, not returned to the system each time.
    private const long DefaultTileBytes = 36L << 20;
    private readonly FactoredLayer _first;
    private readonly List<HeadStack> _heads = [];
    private readonly Tensor? _presence;
    private readonly int _samplesAPass;

    /// <summary>Folds and copies the weights to the device; the state stays the caller's.</summary>
    /// <param name="state">The weights.</param>
    /// <param name="device">Where the taps will lie; the CPU by default.</param>
    /// <param name="tileBytes">Bound on the first layer's working set, in bytes.</param>
    public Labeler(LabelerState state, Device? device = null, long tileBytes = DefaultTileBytes)
    {
        device ??= CPU;
        Config = state.Config;
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var weights = new List<Tensor>();
        var biases = new List<Tensor>();
        int at = 0;
        foreach (var head in Config.Heads)
        {
            _heads.Add(new HeadStack(state, head, at, device));
            at += Config.Members * head.Hidden1;
            for (int m = 0; m < Config.Members; m++)
            {
                weights.Add(state.Of(head, m, "layers.0.weight"));
                biases.Add(state.Of(head, m, "layers.0.bias"));
            }
        }

        _first = new FactoredLayer(Config.Taps, cat(weights), cat(biases), Config.Width, Config.Height, tileBytes, device);

        // On the CPU one sample a pass is as fast, smaller, and makes a sample's bits independent of its batch by construction.
        _samplesAPass = device.type == DeviceType.CPU ? 1 : int.MaxValue;
        if (Config.Head(LabelKinds.Keypoints) is { } keypoints)
        {
            double[] thresholds = keypoints.PresenceThresholds.Count > 0 ? [.. keypoints.PresenceThresholds] : [.. Enumerable.Repeat(0.25, Config.Schema.Keypoints.Count)];
            _presence = tensor(thresholds, ScalarType.Float32).to(device).DetachFromDisposeScope();
        }
    }

    public LabelerConfig Config { get; }

    /// <summary>Reads labeler.safetensors and readies it for a device.</summary>
    /// <exception cref="HandsOffException">Unreadable, wrong shapes, NaN weights.</exception>
    public static Labeler Load(string path, Device? device = null)
    {
        using var state = LabelerState.Load(path);
        return new Labeler(state, device);
    }

    /// <summary>Labels a batch. Taps are the generator's, [B, C, h, w] each in <see cref="LabelerConfig.Taps"/> order. The caller disposes the result.</summary>
    /// <exception cref="HandsOffException">A tap of another shape.</exception>
    public LabelBatch Label(IReadOnlyList<Tensor> taps)
    {
        CheckTaps(taps);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        long batch = taps[0].shape[0];
        var passes = new List<LabelBatch>();
        for (long first = 0; first < batch; first += _samplesAPass)
        {
            long count = Math.Min(batch - first, _samplesAPass);
            passes.Add(Pass([.. taps.Select(t => t.narrow(0, first, count))]));
        }

        Tensor? Join(Func<LabelBatch, Tensor?> part) => part(passes[0]) is null ? null : cat([.. passes.Select(p => part(p)!)]).MoveToOuterDisposeScope();
        return new LabelBatch
        {
            Mask = Join(p => p.Mask),
            MeanSoftmaxMask = Join(p => p.MeanSoftmaxMask),
            Depth = Join(p => p.Depth),
            Keypoints = Join(p => p.Keypoints),
            Score = Join(p => p.Score)!,
            Uncertainty = Join(p => p.Uncertainty)!,
            HeadScores = Join(p => p.HeadScores)!,
        };
    }

    /// <summary>A head's raw outputs [B, M, C, H, W] (large: for tests and tools). The caller disposes it.</summary>
    public Tensor Outputs(IReadOnlyList<Tensor> taps, LabelKinds kind)
    {
        CheckTaps(taps);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var head = _heads.Single(h => h.Head.Kind == kind);
        long b = taps[0].shape[0];
        using var pass = _first.Begin(taps);
        var parts = new List<Tensor>();
        foreach (var tile in _first.Tiles)
        {
            var outputs = head.Outputs(_first.Hidden(pass, tile).relu_().view(b * tile.Count * Config.Width, -1));
            parts.Add(outputs.view(Config.Members, -1, b, tile.Count, Config.Width).permute(2, 0, 1, 3, 4));
        }

        return cat(parts, dim: 3).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _first.Dispose();
        foreach (var head in _heads) head.Dispose();
        _presence?.Dispose();
    }

    private LabelBatch Pass(List<Tensor> taps)
    {
        using var scope = NewDisposeScope();
        long b = taps[0].shape[0];
        using var pass = _first.Begin(taps);
        var collected = _heads.Select(_ => new List<Tensor[]>()).ToList();
        foreach (var tile in _first.Tiles)
        {
            using var inner = NewDisposeScope();
            var hidden = _first.Hidden(pass, tile).relu_().view(b * tile.Count * Config.Width, -1);
            for (int h = 0; h < _heads.Count; h++)
            {
                // Every decoded part becomes [..., B, rows, W]; the tiles join along the rows below.
                Tensor[] parts = [.. Decode(_heads[h].Head, _heads[h].Outputs(hidden))
                    .Select(p => p.view([.. p.shape[..^1], b, tile.Count, Config.Width]).MoveToOuterDisposeScope())];
                collected[h].Add(parts);
            }
        }

        Tensor Whole(int head, int part) => collected[head].Count == 1 ? collected[head][0][part] : cat([.. collected[head].Select(t => t[part])], dim: -2);
        Tensor? mask = null, meanMask = null, depth = null, keypoints = null;
        var maps = new List<Tensor>();
        for (int h = 0; h < _heads.Count; h++)
        {
            maps.Add(Whole(h, 0));
            switch (_heads[h].Head.Kind)
            {
                case LabelKinds.Segmentation:
                    (mask, meanMask) = (Whole(h, 1), Whole(h, 2));
                    break;
                case LabelKinds.Depth:
                    depth = Whole(h, 1);
                    break;
                default:
                    keypoints = KeypointDecoder.Locate(Whole(h, 1).transpose(0, 1), Whole(h, 2).transpose(0, 1), _heads[h].Head.HeatmapSigma, _presence!);
                    break;
            }
        }

        var uncertainty = stack(maps, dim: 1);
        long top = Math.Max(1, (long)(0.1 * Config.Width * Config.Height));
        var headScores = uncertainty.flatten(2).topk((int)top, 2).values.mean([2L]);
        var score = (headScores * tensor(Config.Heads.Select(h => h.UncertaintyWeight).ToArray(), ScalarType.Float32, headScores.device)).sum(1);
        return new LabelBatch
        {
            Mask = mask?.MoveToOuterDisposeScope(),
            MeanSoftmaxMask = meanMask?.MoveToOuterDisposeScope(),
            Depth = depth?.MoveToOuterDisposeScope(),
            Keypoints = keypoints?.MoveToOuterDisposeScope(),
            Score = score.MoveToOuterDisposeScope(),
            Uncertainty = uncertainty.MoveToOuterDisposeScope(),
            HeadScores = headScores.MoveToOuterDisposeScope(),
        };
    }

    /// <summary>The uncertainty map first, then the head's labels; pixels last.</summary>
    private Tensor[] Decode(HeadConfig head, Tensor outputs)
    {
        switch (head.Kind)
        {
            case LabelKinds.Segmentation:
                var (vote, meanClass, divergence) = SegmentationDecoder.Decode(outputs);
                return [divergence, vote, meanClass];
            case LabelKinds.Depth:
                var (depth, depthVariance) = DepthDecoder.Decode(outputs, Config.Schema.Depth!);
                return [depthVariance, depth];
            default:
                var (heat, visible, variance) = KeypointDecoder.Merge(outputs);
                return [variance, heat, visible];
        }
    }

    private void CheckTaps(IReadOnlyList<Tensor> taps)
    {
        if (taps.Count != Config.Taps.Count) throw new HandsOffException($"labeler: {taps.Count} taps, {Config.Taps.Count} would be right: it was trained on another generator");
        for (int i = 0; i < taps.Count; i++)
        {
            var want = Config.Taps[i];
            long[] shape = taps[i].shape;
            if (shape.Length != 4 || shape[0] != taps[0].shape[0] || shape[1] != want.Channels || shape[2] != want.Height || shape[3] != want.Width)
                throw new HandsOffException($"labeler: tap {want.Name} has shape [{string.Join(", ", shape)}], [B, {want.Channels}, {want.Height}, {want.Width}] would be right: it was trained on another generator");
        }
    }
}
