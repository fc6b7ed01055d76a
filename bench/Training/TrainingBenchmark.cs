using System.Diagnostics;
using System.Globalization;
using System.Text;
using HandsOff.Bench.Generators;
using HandsOff.Core.StyleGan2;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace HandsOff.Bench.Training;

/// <summary>
/// Images a second of GAN training, G and D together with the lazy regularisers (path length every 4 steps on half a
/// batch, R1 every 16), Adam and the moving average. Reports the median of each phase and the rate they add up to.
/// </summary>
internal static class TrainingBenchmark
{
    private const int PathLengthEvery = 4;
    private const int PenaltyEvery = 16;

    public static int Run(string[] args)
    {
        int rounds = GeneratorBenchmark.Option(args, "--rounds", 7);
        set_num_threads(GeneratorBenchmark.Option(args, "--threads", Environment.ProcessorCount));
        string machine = Report.Machine();
        var rows = new StringBuilder();
        foreach (int max in new[] { 64, 128 })
            foreach (var type in Precision.BFloat16IsFast ? [ScalarType.Float32, ScalarType.BFloat16] : new[] { ScalarType.Float32 })
                rows.AppendLine(Measure(64, 2048, max, 16, rounds, type));
        Report.Write("training", $"""
            # Training: generator and discriminator together

            `dotnet run -c Release --project bench -- training`: batch 16, z = w = 128, 2 mapping layers; Adam and moving average included. A step is G + D + optimiser,
            with path length every {PathLengthEvery} steps on half a batch and R1 every {PenaltyEvery}, each counted by its share. G and D steps each render their own images. Medians of {rounds} rounds, in ms.
            The regularisers are in fp32 in both rows of a network; bfloat16 is what `train gan` uses where the processor has AVX512-BF16.

            | network | G | path length | D | R1 | optimiser | images/s | fastest round: images/s |
            |---|---|---|---|---|---|---|---|
            {rows}
            An earlier trial of the same step (plain fp32, another 2-core machine): base2048/max64 G 228-272, path length 177-217, D 251-302, R1 314-396 ms: 24-29 images/s.

            {machine}
            """);
        return 0;
    }

    private static string Measure(int size, int channelBase, int channelMax, int batch, int rounds, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var config = new StyleGan2Config { Width = size, Height = size, ZDim = 128, WDim = 128, MappingLayers = 2, ChannelBase = channelBase, ChannelMax = channelMax };
        using var random = new torch.Generator(1, CPU);
        using var g = new HandsOff.Core.StyleGan2.Generator(config, random);
        using var average = new HandsOff.Core.StyleGan2.Generator(config, random);
        using var d = new Discriminator(config, random);
        using var optimizeG = optim.Adam(g.parameters(), 0.002, 0, 0.99, 1e-8);
        using var optimizeD = optim.Adam(d.parameters(), 0.002, 0, 0.99, 1e-8);
        var real = randn([batch, 3, size, size], generator: random);
        var phases = Enumerable.Range(0, 5).Select(_ => new List<double>()).ToArray();
        for (int i = 0; i < rounds + 2; i++)
        {
            void Time(int phase, Action work)
            {
                long start = Stopwatch.GetTimestamp();
                using (NewDisposeScope()) work();
                if (i >= 2) phases[phase].Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            var gParameters = g.parameters().ToList();
            var dParameters = d.parameters().ToList();
            Time(0, () =>
            {
                g.ComputeType = d.ComputeType = type;
                Freeze(dParameters, gParameters);
                var image = g.Synthesize(g.Map(Draw(config, batch), updateAverage: true), NoiseMode.Seeded, Noise(config, batch));
                softplus(-d.forward(image)).mean().backward();
            });
            Time(1, () =>
            {
                int half = batch / 2;
                g.ComputeType = ScalarType.Float32;
                var ws = g.Map(Draw(config, half));
                var image = g.Synthesize(ws, NoiseMode.Seeded, Noise(config, half));
                var pull = autograd.grad([(image * randn_like(image) / size).sum()], [ws], retain_graph: true, create_graph: true)[0];
                (pull.square().sum([2]).mean([1]).sqrt() - 1).square().mean().backward();
            });
            Time(2, () =>
            {
                g.ComputeType = type;
                Freeze(gParameters, dParameters);
                var fake = g.Synthesize(g.Map(Draw(config, batch)), NoiseMode.Seeded, Noise(config, batch)).detach();
                softplus(d.forward(fake)).mean().backward();
                softplus(-d.forward(real)).mean().backward();
            });
            Time(3, () =>
            {
                d.ComputeType = ScalarType.Float32;
                var input = real.detach().requires_grad_();
                var slope = autograd.grad([d.forward(input).sum()], [input], retain_graph: true, create_graph: true)[0];
                (slope.square().sum([1, 2, 3]).mean() * 8).backward();
            });
            Time(4, () =>
            {
                optimizeG.step();
                optimizeD.step();
                optimizeG.zero_grad();
                optimizeD.zero_grad();
                using var noGrad = no_grad();
                foreach (var (to, from) in average.parameters().Zip(gParameters)) to.lerp_(from, tensor(0.001f));
            });
        }

        double[] ms = [.. phases.Select(Report.Median)];
        double rate = Rate(batch, ms), best = Rate(batch, [.. phases.Select(p => p.Min())]);
        return string.Create(CultureInfo.InvariantCulture, $"| {size} px base{channelBase}/max{channelMax} {type} | {string.Join(" | ", ms.Select(m => $"{m:F0}"))} | **{rate:F1}** | {best:F1} |");
    }

    private static double Rate(int batch, double[] ms) => batch * 1000 / (ms[0] + ms[2] + ms[4] + ms[1] / PathLengthEvery + ms[3] / PenaltyEvery);

    private static Tensor Draw(StyleGan2Config config, int batch) => randn([batch, config.ZDim]);

    private static List<Tensor> Noise(StyleGan2Config config, int batch) =>
        [.. config.Taps.Skip(1).Select(t => randn([batch, 1, t.Height, t.Width]))];

    private static void Freeze(List<TorchSharp.Modules.Parameter> frozen, List<TorchSharp.Modules.Parameter> trained)
    {
        foreach (var p in frozen) p.requires_grad = false;
        foreach (var p in trained) p.requires_grad = true;
    }
}
