using HandsOff.Core.Tensors;
using HandsOff.Core.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Labeling.Training;

/// <summary>Trains one member: all its heads on the same pixel batches, each head keeping its best held-out state.</summary>
internal sealed class MemberTrainer
{
    private const int HeldOutChunk = 8192;
    private const long MostHeldOutBytes = 256L << 20;
    private readonly TrainingSet _set;
    private readonly LabelerConfig _config;
    private readonly LabelerTrainingOptions _options;

    public MemberTrainer(TrainingSet set, LabelerConfig config, LabelerTrainingOptions options) => (_set, _config, _options) = (set, config, options);

    /// <summary>Photographs that a member learns from and those it holds out; the folds rotate over the members.</summary>
    public static (int[] Learn, int[] HeldOut) Split(int count, int member, double holdout, ulong seed)
    {
        using var scope = NewDisposeScope();
        using var random = new torch.Generator(seed, CPU);
        int[] order = [.. randperm(count, ScalarType.Int64, generator: random).data<long>().Select(i => (int)i)];
        int held = holdout == 0 ? 0 : Math.Clamp((int)Math.Round(holdout * count), 1, count - 3);
        if (held == 0) return ([.. order.Order()], []);
        int first = member * held % count;
        int[] out_ = [.. Enumerable.Range(first, held).Select(i => order[i % count]).Order()];
        return ([.. order.Except(out_).Order()], out_);
    }

    /// <summary>Trains and returns the member's tensors, named <c>{head}.{layer key}</c>, for features as the generator gives them. The caller disposes them.</summary>
    public Dictionary<string, Tensor> Train(int member, IProgress<LabelerProgress>? progress, CancellationToken cancellation)
    {
        var (learn, heldOut) = Split(_set.Count, member, _options.Holdout, _options.Seed);
        ulong seed = unchecked((_options.Seed * 1_000_003) + (ulong)member + 1);
        double sigma = _config.Head(LabelKinds.Keypoints)?.HeatmapSigma ?? 1;
        var device = (_set.Masks ?? _set.Depths ?? _set.Keypoints)!.device;
        using var random = new torch.Generator(seed, CPU);
        using var loss = new HeadLoss(_set, _options.ClassBalance);
        using var sampler = new PixelSampler(_set, learn, sigma, seed + 0x5000_0000);
        using var heldOutSampler = heldOut.Length == 0 ? null : new PixelSampler(_set, heldOut, sigma, seed + 0x6000_0000);
        var heads = _config.Heads.Select(h => new HeadNetwork(h, _set.Taps.Features, h.Outputs(_config.Schema), random, device)).ToList();
        var best = heads.Select(_ => (Error: double.PositiveInfinity, State: (Dictionary<string, Tensor>?)null)).ToArray();
        using var held = NewDisposeScope();
        var heldOutBatches = heldOutSampler is null ? [] : Batches(heldOutSampler, heldOut.Length);
        try
        {
            using var optimizer = new FlatAdam(heads.SelectMany(h => h.Parameters.Select(p => (h.Head.Name, p))), _options.LearningRate, 0.9, 0.999, 1e-8) { Decay = _options.WeightDecay };
            int stale = 0;
            for (int step = 1; step <= _options.Steps && stale < _options.Patience; step++)
            {
                cancellation.ThrowIfCancellationRequested();
                optimizer.Rate = _options.LearningRate * 0.5 * (1 + Math.Cos(Math.PI * (step - 1) / _options.Steps));
                bool measure = step % _options.EvaluateEvery == 0 || step == _options.Steps;
                double[] errors = Step(heads, loss, sampler, optimizer, measure && heldOutSampler is null);
                if (!measure) continue;
                if (heldOutSampler is not null) errors = Measure(heads, loss, heldOutBatches);
                bool better = false;
                for (int h = 0; h < heads.Count; h++)
                {
                    // Without held-out photographs the last state is kept.
                    if (heldOutSampler is not null && !(errors[h] < best[h].Error)) continue;
                    Drop(best[h].State);
                    best[h] = (errors[h], heads[h].Snapshot());
                    better = true;
                }

                stale = better ? 0 : stale + 1;
                progress?.Report(new LabelerProgress(member, _options.Members, step, _options.Steps, heads.Zip(errors).ToDictionary(p => p.First.Head.Name, p => p.Second)));
            }

            return Restore(heads, best);
        }
        finally
        {
            foreach (var head in heads) head.Dispose();
            foreach (var (_, state) in best) Drop(state);
        }
    }

    private double[] Step(List<HeadNetwork> heads, HeadLoss loss, PixelSampler sampler, FlatAdam optimizer, bool report)
    {
        using var scope = NewDisposeScope();
        int near = _config.Head(LabelKinds.Keypoints) is null ? 0 : _options.BatchPixels / 4;
        var batch = sampler.Next(_options.BatchPixels, near);
        var features = _set.Taps.Gather(batch.Photograph, batch.Y, batch.X);
        var everywhere = features.narrow(0, 0, batch.Uniform);
        var losses = heads.Select(h => loss.Loss(h.Head, h.Forward(h.Head.Kind == LabelKinds.Keypoints ? features : everywhere, training: true), batch)).ToList();
        optimizer.Minimise(stack(losses).sum());
        return report ? [.. losses.Select(l => l.Number())] : [];
    }

    private List<(Tensor Features, PixelBatch Batch)> Batches(PixelSampler sampler, int photographs)
    {
        var batches = new List<(Tensor, PixelBatch)>();
        int left = (int)Math.Min(MostHeldOutBytes / (_set.Taps.Features * sizeof(float)), (long)photographs * _set.Pixels);
        while (left > 0)
        {
            var batch = sampler.Next(Math.Min(left, HeldOutChunk), 0);
            batches.Add((_set.Taps.Gather(batch.Photograph, batch.Y, batch.X), batch));
            left -= batch.Uniform;
        }

        return batches;
    }

    private static double[] Measure(List<HeadNetwork> heads, HeadLoss loss, List<(Tensor Features, PixelBatch Batch)> batches)
    {
        using var noGrad = no_grad();
        return [.. heads.Select(head =>
        {
            using var scope = NewDisposeScope();
            var sums = batches.Select(b => loss.Sums(head.Head, head.Forward(b.Features, training: false), b.Batch)).Aggregate((a, b) => a.Plus(b));
            return HeadLoss.Error(head.Head, [.. sums.cpu().data<double>()]);
        })];
    }

    /// <summary>Takes the standardisation back into the first layer: W' = W / deviation, b' = b - W' mean, columns in tap order.</summary>
    private Dictionary<string, Tensor> Restore(List<HeadNetwork> heads, (double Error, Dictionary<string, Tensor>? State)[] best)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var deviation = tensor(_set.Taps.Deviation);
        var mean = tensor(_set.Taps.Mean);
        int[] columns = [.. _set.Taps.Columns];
        var place = new long[columns.Length];
        for (int i = 0; i < columns.Length; i++) place[columns[i]] = i;
        var order = tensor(place);
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        for (int h = 0; h < heads.Count; h++)
        {
            var state = best[h].State ?? throw new InvalidOperationException("no state was kept");
            var weight = state["layers.0.weight"].to(ScalarType.Float64).index_select(1, order) / deviation;
            var bias = state["layers.0.bias"].to(ScalarType.Float64) - weight.mv(mean);
            foreach (var (key, value) in state)
            {
                var stored = key == "layers.0.weight" ? weight.to(ScalarType.Float32) : key == "layers.0.bias" ? bias.to(ScalarType.Float32) : value.clone();
                tensors[$"{heads[h].Head.Name}.{key}"] = stored.DetachFromDisposeScope();
            }
        }

        return tensors;
    }

    private static void Drop(Dictionary<string, Tensor>? state)
    {
        if (state is null) return;
        foreach (var t in state.Values) t.Dispose();
    }
}
