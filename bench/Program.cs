using HandsOff.Bench.Coordination;
using HandsOff.Bench.Datasets;
using HandsOff.Bench.Generators;
using HandsOff.Bench.Labeling;
using HandsOff.Bench.Simulation;
using HandsOff.Bench.Telemetry;
using HandsOff.Bench.Training;
using HandsOff.Core;
using HandsOff.Core.Tensors;

// `dotnet run -c Release --project bench -- NAME [options]`: measures, prints, and writes bench/results/NAME.md.
try
{
    if (!args.Contains("--default-heap")) NativeHeap.KeepFreedMemory();
    return args.FirstOrDefault() switch
    {
        "generator" => GeneratorBenchmark.Run(args[1..]),
        "labeler" => LabelerBenchmark.Run(args[1..]),
        "labeler-training" => LabelerTrainingBenchmark.Run(args[1..]),
        "training" => TrainingBenchmark.Run(args[1..]),
        "pipeline" => PipelineBenchmark.Run(args[1..]),
        "telemetry" => TelemetryBenchmark.Run(args[1..]),
        "simulation" => SimulationBenchmark.Run(args[1..]),
        "coordinator" => await CoordinatorBenchmark.RunAsync(args[1..]),
        _ => throw HandsOffException.Usage($"bench: no benchmark '{args.FirstOrDefault()}'; there are generator (--rounds, --ms, --threads, --default-heap), labeler (--rounds, --threads), labeler-training (--steps, --threads), training (--rounds, --threads), pipeline (--pair, --samples, --rounds, --long, --only-long), telemetry (--samples, --blank, --rounds), simulation (--quick) and coordinator (--shards, --nodes, --samples, --rounds)"),
    };
}
catch (HandsOffException e)
{
    Console.Error.WriteLine(e.Message);
    return e.ExitCode;
}
