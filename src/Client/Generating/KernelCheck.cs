using HandsOff.Core;
using HandsOff.Core.Datasets;
using HandsOff.Core.Pairs;
using HandsOff.Silo.Devices;
using static TorchSharp.torch;

namespace HandsOff.Client.Generating;

/// <summary>Whether a dataset can be gone on with here to the same bits.</summary>
internal static class KernelCheck
{
    /// <summary>What is wrong with going on with shards of class <paramref name="there"/> in this way, and what would be right; null when nothing is.</summary>
    public static string? Complaint(KernelClass there, RunOptions options)
    {
        List<KernelClass> here = [.. DeviceList.Parse(options.Devices, options.Threads)
            .Select(d => PairEngine.ClassOn(d.StartsWith("cpu", StringComparison.Ordinal) ? CPU : device(d), options.Maps)).Distinct()];
        if (here.Count == 0 || here.Any(there.MayBe)) return null;
        string right = PairEngine.MapsOf(there) != options.Maps ? $"--precision {(PairEngine.MapsOf(there) == ScalarType.BFloat16 ? "bf16" : "fp32")} would be right"
            : there.Device.Split('/')[0] != here[0].Device.Split('/')[0] ? $"--devices {there.Device.Split('/')[0].Replace("cuda", "cuda:0", StringComparison.Ordinal)} on such a machine would be right"
            : "a machine like the one it was begun on, or another place, would be right";
        return $"its shards are of another kernel class ({there}) than this run's ({here[0]}), so samples would differ in their last bits; {right}";
    }
}
