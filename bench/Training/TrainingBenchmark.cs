using System.Diagnostics;
using System.Globalization;
using System.Text;
using HandsOff.Bench.Generators;
using HandsOff.Core.StyleGan2;
using HandsOff.Core.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Bench.Training;

/// <summary>
/// Images a second of GAN training: the step that <c>train gan</c> runs (<see cref="GanStep"/>) beside a plain one
/// (<see cref="PlainStep"/>), in turns, whole cycles of the lazy regularisers at a time.
/// </summary>
internal static class TrainingBenchmark
{
    private const int Batch = 16, Size = 64;

    public static int Run(string[] args)
    {
        int rounds = GeneratorBenchmark.Option(args, "--rounds", 5);
        set_num_threads(GeneratorBenchmark.Option(args, "--threads", Environment.ProcessorCount));
        string machine = Report.Machine();
        var rows = new StringBuilder();
        foreach (var (channelBase, channelMax) in new[] { (2048, 64), (2048, 128), (4096, 128) }) rows.AppendLine(Measure(channelBase, channelMax, rounds));
        Report.Write("training", $"""
            # Training: the step of `train gan` beside a plain one

            `{Report.Command("training", args)}`: {Size} px, batch {Batch}, z = w = 128, 2 mapping layers. A round is a whole cycle of steps
            (R1 every 16, path length every 4 on half a batch, Adam, moving average), the two sides in turns; medians of {rounds} rounds after one to warm up.
            The ratio is the median of the rounds' own ratios, by the clock and by processor time. The plain step does the same mathematics as published code does:
            fp32, generated images rendered once for the discriminator and again for the generator, gradients computed for both networks, torch's Adam and the
            moving average parameter by parameter. `train gan` renders once a step, asks for the trained network's gradients only and has its optimiser state flat;
            where the processor is fast at bfloat16 the convolutions of the two main losses run in it (a row of its own).

            | network | plain: images/s | `train gan`: images/s | ratio | by processor time |
            |---|---|---|---|---|
            {rows}
            {machine}
            """);
        return 0;
    }

    private static string Measure(int channelBase, int channelMax, int rounds)
    {
        using var scope = NewDisposeScope();
        using var random = new torch.Generator(1, CPU);
        var real = randn([Batch, 3, Size, Size], generator: random);
        var options = new GanTrainingOptions
        {
            Network = new StyleGan2Config { Width = Size, Height = Size, ZDim = 128, WDim = 128, MappingLayers = 2, ChannelBase = channelBase, ChannelMax = channelMax },
            Batch = Batch,
            Augment = AugmentMode.None,
            BFloat16 = false,
            Seed = 1,
        }.Validate();
        var rows = new List<string>();
        foreach (bool reduced in Precision.BFloat16IsFast ? new[] { false, true } : [false])
        {
            using var plain = new PlainStep(options);
            var own = options with { BFloat16 = reduced };
            using var state = new GanState(own, CPU);
            using var step = new GanStep(own, state);
            var figures = new GanFigures();
            var (slow, fast) = (new List<(double Wall, double Cpu)>(), new List<(double Wall, double Cpu)>());
            for (int round = 0; round <= rounds; round++)
            {
                var a = Cycle(() => plain.Run(real), options.R1Interval);
                var b = Cycle(() => step.Run(real, figures), options.R1Interval);
                if (round == 0) continue;
                slow.Add(a);
                fast.Add(b);
            }

            double Rate(List<(double Wall, double Cpu)> times) => Batch * options.R1Interval / Report.Median(times.Select(t => t.Wall));
            double wall = Report.Median(slow.Zip(fast, (a, b) => a.Wall / b.Wall)), cpu = Report.Median(slow.Zip(fast, (a, b) => a.Cpu / b.Cpu));
            rows.Add(string.Create(CultureInfo.InvariantCulture, $"| base{channelBase}/max{channelMax}{(reduced ? ", bfloat16" : "")} | {Rate(slow):F1} | {Rate(fast):F1} | **{wall:F2}** | {cpu:F2} |"));
        }

        return string.Join(Environment.NewLine, rows);
    }

    private static (double Wall, double Cpu) Cycle(Action step, int steps)
    {
        using var process = Process.GetCurrentProcess();
        var cpu = process.TotalProcessorTime;
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < steps; i++) step();
        double wall = Stopwatch.GetElapsedTime(start).TotalSeconds;
        process.Refresh();
        return (wall, (process.TotalProcessorTime - cpu).TotalSeconds);
    }
}
