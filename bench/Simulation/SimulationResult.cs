namespace HandsOff.Bench.Simulation;

/// <summary>What came of a simulated run.</summary>
/// <param name="Options">What was simulated.</param>
/// <param name="Makespan">Seconds until the last shard was committed.</param>
/// <param name="Ideal">Seconds that the nodes, as they came and went, needed for the work if it could be divided without end.</param>
/// <param name="Wasted">Node seconds spent on work that was lost or done twice, over all node seconds of work.</param>
/// <param name="CpuMicroseconds">Processor time a shard, the simulated nodes' included.</param>
/// <param name="CallsPerSecond">Calls at the coordinator, on average over the run.</param>
/// <param name="PeakCallsPerSecond">In the busiest second.</param>
/// <param name="Backups">Shards given twice.</param>
/// <param name="Lost">Nodes lost.</param>
/// <param name="Kilobytes">Heap that the coordinator's classes took in the middle of the run.</param>
internal sealed record SimulationResult(
    SimulationOptions Options, double Makespan, double Ideal, double Wasted, double CpuMicroseconds, double CallsPerSecond, int PeakCallsPerSecond, int Backups, int Lost, long Kilobytes)
{
    public double Ratio => Makespan / Ideal;
}
