using System.Diagnostics;
using System.Globalization;
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
        int rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 7;
        set_num_threads(2);
        Console.WriteLine("| network | batch | G ms | path length ms | D ms | R1 ms | optimiser ms | images/s |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (int max in args.Length > 1 ? [int.Parse(args[1], CultureInfo.InvariantCulture)] : new[] { 64, 128 })
            foreach (var type in Precision.BFloat16IsFast ? [ScalarType.Float32, ScalarType.BFloat16] : new[] { ScalarType.Float32 })
                Console.WriteLine(Measure(64, 2048, max, 16, rounds, type));
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
        g.ComputeType = d.ComputeType = type;
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
                Freeze(dParameters, gParameters);
                var image = g.Synthesize(g.Map(Draw(config, batch), updateAverage: true), NoiseMode.Seeded, Noise(config, batch));
                softplus(-d.forward(image)).mean().backward();
            });
            Time(1, () =>
            {
                int half = batch / 2;
                var ws = g.Map(Draw(config, half));
                var image = g.Synthesize(ws, NoiseMode.Seeded, Noise(config, half));
                var pull = autograd.grad([(image * randn_like(image) / size).sum()], [ws], retain_graph: true, create_graph: true)[0];
                (pull.square().sum([2]).mean([1]).sqrt() - 1).square().mean().backward();
            });
            Time(2, () =>
            {
                Freeze(gParameters, dParameters);
                var fake = g.Synthesize(g.Map(Draw(config, batch)), NoiseMode.Seeded, Noise(config, batch)).detach();
                softplus(d.forward(fake)).mean().backward();
                softplus(-d.forward(real)).mean().backward();
            });
            Time(3, () =>
            {
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

        double[] ms = [.. phases.Select(Median)];
        double step = ms[0] + ms[2] + ms[4] + ms[1] / PathLengthEvery + ms[3] / PenaltyEvery;
        string best = string.Join(" ", phases.Select(p => $"{p.Min():f0}"));
        return $"| {size} px base{channelBase}/max{channelMax} {type} | {batch} | {string.Join(" | ", ms.Select(m => $"{m:f0}"))} | {batch / step * 1000:f1} | (best {best})";
    }

    private static Tensor Draw(StyleGan2Config config, int batch) => randn([batch, config.ZDim]);

    private static List<Tensor> Noise(StyleGan2Config config, int batch) =>
        [.. config.Taps.Skip(1).Select(t => randn([batch, 1, t.Height, t.Width]))];

    private static void Freeze(List<TorchSharp.Modules.Parameter> frozen, List<TorchSharp.Modules.Parameter> trained)
    {
        foreach (var p in frozen) p.requires_grad = false;
        foreach (var p in trained) p.requires_grad = true;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
