using HandsOff.Core.Datasets;
using HandsOff.Core.Evaluation.Downstream;
using HandsOff.Core.Labeling;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>The samples of a request in memory: the same bits that <c>handsoff generate</c> stores.</summary>
internal static class DatasetDraw
{
    /// <summary>Samples 0 to count - 1. Their bits do not depend on what shares a micro-batch with them. The caller disposes the set.</summary>
    public static (DenseSet Set, DrawFigures Figures) Of(ISampleEngine engine, DatasetRequest request, int count, CancellationToken cancel)
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
