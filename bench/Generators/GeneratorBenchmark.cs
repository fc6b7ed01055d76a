using System.Diagnostics;
using System.Globalization;
using System.Text;
using HandsOff.Core;
using HandsOff.Core.StyleGan2;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Bench.Generators;

/// <summary>
/// Images a second of <see cref="FastGenerator"/> beside the grouped baseline and the trainable generator, mapping
/// included: one process, the same weights, taking turns; the median of the rounds, and of each round's own ratio.
/// </summary>
internal static class GeneratorBenchmark
{
    private const int Batch = 8;

    public static int Run(string[] args)
    {
        int rounds = Option(args, "--rounds", 9), milliseconds = Option(args, "--ms", 1000);
        set_num_threads(Option(args, "--threads", Environment.ProcessorCount));
        string machine = Report.Machine();
        var rows = new StringBuilder();
        foreach (int size in new[] { 64, 256 }) rows.AppendLine(Measure(size, rounds, milliseconds));
        Report.Write("generator", $"""
            # Rendering: FastGenerator against a convolution with a group a sample

            `{Report.Command("generator", args)}`: batch {Batch}, base 4096 / max 128, z = w = 128, 2 mapping layers, mapping included; the baseline is fp32.
            {rounds} rounds of {milliseconds} ms each, taking turns in one process; medians. The ratio is the median of the rounds' own ratios,
            by the clock and by processor time (which other work on the machine disturbs less). The fp32 images agree to the given share of the largest value.

            FastGenerator runs twice: in fp32, and with its maps of 16 pixels and more in bfloat16 (NVlabs' networks keep theirs in half
            precision too), which this processor computes {(Precision.BFloat16IsFast ? "fast" : "SLOWLY: it lacks AVX512-BF16")}; the last column is how far that moves a pixel on average, in levels of 255.

            | size | ratio fp32 | by processor time | ratio bf16 | by processor time | fp32 images/s | bf16 images/s | grouped images/s | trainable Generator images/s | agreement of fp32 | bf16 off by |
            |---|---|---|---|---|---|---|---|---|---|---|
            {rows}
            {machine}
            """);
        return 0;
    }

    private static string Measure(int size, int rounds, int milliseconds)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var config = new StyleGan2Config { Width = size, Height = size, ZDim = 128, WDim = 128, MappingLayers = 2, ChannelBase = 4096, ChannelMax = 128 };
        using var random = new torch.Generator(1, CPU);
        using var source = new HandsOff.Core.StyleGan2.Generator(config, random);
        foreach (var (name, p) in source.named_parameters())
            if (name.EndsWith("bias", StringComparison.Ordinal) || name.EndsWith("noise_strength", StringComparison.Ordinal)) p.add_(randn(p.shape, generator: random) * 0.1f);
        using var fast = new FastGenerator(source, CPU);
        using var reduced = new FastGenerator(source, CPU, ScalarType.BFloat16);
        var grouped = new GroupedGenerator(source);
        var z = randn(Batch, config.ZDim, generator: random);
        Func<Tensor>[] contenders =
        [
            () => fast.Synthesize(fast.Map(z, 0.7f)),
            () => grouped.Synthesize(grouped.Map(z, 0.7f)),
            () => source.Synthesize(source.Map(z, 0.7f)),
            () => reduced.Synthesize(reduced.Map(z, 0.7f)),
        ];
        var images = contenders.Select(c => c()).ToList();
        double largest = images[1].abs().max().item<float>();
        double worst = images.Take(3).Max(i => (i - images[1]).abs().max().item<float>()) / largest;
        using var off = (images[3] - images[1]).abs();
        double levels = 127.5 * off.mean().item<float>();
        if (!(worst < 1e-4)) throw new HandsOffException($"bench generator: at {size} px the implementations differ by {worst:g3} of the largest value, expected below 1e-4");

        foreach (var contender in contenders) Rate(contender, milliseconds / 4);
        var rates = contenders.Select(_ => new List<(double Clock, double Processor)>()).ToArray();
        for (int round = 0; round < rounds; round++)
            for (int i = 0; i < contenders.Length; i++) rates[i].Add(Rate(contenders[i], milliseconds));
        double Ratio(int contender, Func<(double Clock, double Processor), double> by) => Report.Median(rates[contender].Zip(rates[1], (f, g) => by(f) / by(g)));
        double[] clock = [.. rates.Select(r => Report.Median(r.Select(x => x.Clock)))];
        return string.Create(CultureInfo.InvariantCulture, $"| {size} px | {Ratio(0, r => r.Clock):F2} | {Ratio(0, r => r.Processor):F2} | **{Ratio(3, r => r.Clock):F2}** | **{Ratio(3, r => r.Processor):F2}** | {clock[0]:F1} | {clock[3]:F1} | {clock[1]:F1} | {clock[2]:F1} | {worst:0.0e+0} | {levels:F2} |");
    }

    /// <summary>Images a second of clock time and of processor time (all threads of the process).</summary>
    private static (double Clock, double Processor) Rate(Func<Tensor> render, int milliseconds)
    {
        var spent = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        int images = 0;
        do
        {
            using var scope = NewDisposeScope();
            render();
            images += Batch;
        }
        while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < milliseconds);
        return (images / Stopwatch.GetElapsedTime(start).TotalSeconds, images / (Environment.CpuUsage.TotalTime - spent).TotalSeconds);
    }

    internal static int Option(string[] args, string name, int otherwise)
    {
        int at = Array.IndexOf(args, name);
        if (at < 0) return otherwise;
        return at + 1 < args.Length && int.TryParse(args[at + 1], NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value > 0
            ? value
            : throw HandsOffException.Usage($"{name}: a whole number above 0 must follow");
    }
}
