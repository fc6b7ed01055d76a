using HandsOff.Core.Datasets;
using HandsOff.Core.Diagnostics;
using HandsOff.Core.Evaluation.Downstream;
using HandsOff.Core.Labeling;
using HandsOff.Core.Pairs;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>The samples of a request in memory: the same bits that <c>handsoff generate</c> stores.</summary>
internal static class DatasetDraw
{
    public const string SetFile = "set.safetensors", FiguresFile = "draw.json";

    /// <summary>A pair's dataset, the uncertain samples drawn again; set.safetensors and draw.json.</summary>
    public static Stage Stage(StageCache cache, Func<Pair> load, string pairDigest, Device device, DatasetOptions options, int samples, CancellationToken cancel) =>
        cache.Get("dataset", 1, new { Device = device.type.ToString(), inputs = new { Pair = pairDigest, Samples = samples, options } }, target =>
        {
            var pair = load();
            using var engine = PairEngine.Open(pair, device);
            var (set, figures) = Of(engine, PairRequests.Create(pair, options, samples), samples, cache.Progress("samples", samples), cancel);
            using (set) set.Save(Path.Combine(target, SetFile));
            NetworkStages.Write(Path.Combine(target, FiguresFile), figures);
        });

    /// <summary>Samples 0 to count - 1. Their bits do not depend on what shares a micro-batch with them. The caller disposes the set.</summary>
    public static (DenseSet Set, DrawFigures Figures) Of(ISampleEngine engine, DatasetRequest request, int count, ProgressLine progress, CancellationToken cancel)
    {
        EngineInfo.Of(engine).Require(request);
        var samples = new RawSample?[count];
        var waiting = new Queue<SampleKey>(Enumerable.Range(0, count).Select(i => new SampleKey(i, 0)));
        int draws = 0, flagged = 0;
        while (waiting.Count > 0)
        {
            cancel.ThrowIfCancellationRequested();
            var keys = new SampleKey[Math.Min(engine.MicroBatch, waiting.Count)];
            for (int i = 0; i < keys.Length; i++) keys[i] = waiting.Dequeue();
            draws += keys.Length;
            foreach (var sample in engine.Generate(keys, request.Recipe))
            {
                bool uncertain = sample.Uncertainty > request.UncertaintyCut;
                if (uncertain && sample.Key.Attempt + 1 < request.MaxAttempts)
                {
                    waiting.Enqueue(sample.Key with { Attempt = sample.Key.Attempt + 1 });
                    continue;
                }

                if (uncertain) flagged++;
                samples[sample.Key.Index] = sample;
            }

            progress.Report(count - waiting.Count);
        }

        var builder = new DenseSetBuilder(request.Schema, request.Width, request.Height);
        foreach (var sample in samples) builder.Add(Image(sample!, request));
        return (builder.Build(), new DrawFigures(count, draws, flagged, samples.Average(s => (double)s!.Uncertainty)));
    }

    private static LabeledImage Image(RawSample sample, DatasetRequest request)
    {
        double scale = request.Schema.Depth?.Scale ?? 1;
        return new LabeledImage
        {
            Width = request.Width,
            Height = request.Height,
            Rgb = sample.Rgb,
            Mask = sample.Mask,
            Depth = sample.Depth is null ? null : Array.ConvertAll(sample.Depth, v => (float)(v / scale)),
            Keypoints = sample.Keypoints,
        };
    }
}
