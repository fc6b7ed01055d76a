using HandsOff.Bench.Training;

// handsoff benchmarks: `dotnet run -c Release --project bench -- NAME [options]`; results go to bench/results/NAME.md.
string name = args.FirstOrDefault() ?? "";
switch (name)
{
    case "training":
        return TrainingBenchmark.Run(args[1..]);
    default:
        Console.Error.WriteLine($"no benchmark '{name}': expected training");
        return 2;
}
