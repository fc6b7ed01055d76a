using System.Diagnostics;
using System.Text.Json;
using HandsOff.Core.Evaluation;
using HandsOff.Core.Training;

namespace HandsOff.Core.Tests.Evaluation.Downstream;

/// <summary>Mean IoU, PCK and depth errors against an implementation in Python that shares nothing with ours.</summary>
public sealed class IndependentMetricsTests
{
    private const string Script =
        """
        import json, math, sys
        d = json.load(sys.stdin)
        iou = {}
        for c in range(d["classes"]):
            inter = union = 0
            for p, t in zip(d["masks_predicted"], d["masks_true"]):
                for a, b in zip(p, t):
                    if b == 255: continue
                    inter += a == c and b == c
                    union += a == c or b == c
            if union: iou[c] = inter / union
        good = total = 0; errors = []
        for p, t in zip(d["points_predicted"], d["points_true"]):
            there = [k for k in t if k[2] > 0]
            if not there: continue
            xs = [k[0] for k in there]; ys = [k[1] for k in there]
            size = max(max(xs) - min(xs), max(ys) - min(ys))
            if size < 1: continue
            for a, b in zip(p, t):
                if b[2] <= 0: continue
                total += 1
                if a[2] <= 0: continue
                e = math.hypot(a[0] - b[0], a[1] - b[1]) / size
                errors.append(e); good += e <= d["alpha"]
        n = sq = rel = close = 0
        for a, b in zip(d["depth_predicted"], d["depth_true"]):
            if b <= 0 or a <= 0: continue
            n += 1; sq += (a - b) ** 2; rel += abs(a - b) / b; close += max(a / b, b / a) < 1.25
        json.dump({"iou": sum(iou.values()) / len(iou), "classes": {str(k): v for k, v in iou.items()}, "pck": good / total,
                   "nme": sum(errors) / len(errors), "rmse": math.sqrt(sq / n), "rel": rel / n, "close": close / n}, sys.stdout)
        """;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Our_figures_equal_those_of_an_independent_implementation(int seed)
    {
        const int Classes = 5, Pixels = 64, Points = 4, Images = 6;
        var random = new SplitMix((ulong)seed);
        byte Id(bool truth) => (byte)(truth && random.Below(10) == 0 ? 255 : random.Below(Classes - (seed == 2 ? 1 : 0)));
        byte[][] Masks(bool truth) => [.. Enumerable.Range(0, Images).Select(_ => Enumerable.Range(0, Pixels).Select(_ => Id(truth)).ToArray())];
        float[][] Keypoints() => [.. Enumerable.Range(0, Images).Select(_ => Enumerable.Range(0, Points).SelectMany(_ => new[] { random.Below(640) / 10f, random.Below(640) / 10f, random.Below(3) }).ToArray())];
        float[] Depths() => [.. Enumerable.Range(0, 200).Select(_ => random.Below(8) == 0 ? 0f : 0.5f + random.Below(1000) / 500f)];
        byte[][] predicted = Masks(false), truth = Masks(true);
        float[][] placed = Keypoints(), points = Keypoints();
        float[] far = Depths(), depths = Depths();

        var segmentation = new SegmentationScore(Classes);
        var keypoints = new KeypointScore(Points, 0.3);
        for (int i = 0; i < Images; i++)
        {
            segmentation.Add(predicted[i], truth[i]);
            keypoints.Add(placed[i], points[i]);
        }

        var depth = new DepthScore();
        depth.Add(far, depths);

        int[][] Numbers(byte[][] masks) => [.. masks.Select(m => m.Select(v => (int)v).ToArray())];
        float[][][] Triples(float[][] all) => [.. all.Select(a => a.Chunk(3).ToArray())];
        string input = JsonSerializer.Serialize(new
        {
            classes = Classes,
            masks_predicted = Numbers(predicted),
            masks_true = Numbers(truth),
            points_predicted = Triples(placed),
            points_true = Triples(points),
            depth_predicted = far,
            depth_true = depths,
            alpha = 0.3,
        });
        using var answer = JsonDocument.Parse(await Python(input));
        double Theirs(string name) => answer.RootElement.GetProperty(name).GetDouble();
        Assert.Equal(Theirs("iou"), segmentation.MeanIou, 1e-9);
        foreach (var one in answer.RootElement.GetProperty("classes").EnumerateObject()) Assert.Equal(one.Value.GetDouble(), segmentation.Iou(int.Parse(one.Name)), 1e-9);
        Assert.Equal(Theirs("pck"), keypoints.Pck, 1e-9);
        Assert.Equal(Theirs("nme"), keypoints.NormalizedMeanError, 1e-6);
        Assert.Equal(Theirs("rmse"), depth.Rmse, 1e-6);
        Assert.Equal(Theirs("rel"), depth.AbsoluteRelative, 1e-6);
        Assert.Equal(Theirs("close"), depth.WithinQuarter, 1e-9);
    }

    private static async Task<string> Python(string input)
    {
        var start = new ProcessStartInfo("python3") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(Script);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        string text = await output;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        return text;
    }
}
