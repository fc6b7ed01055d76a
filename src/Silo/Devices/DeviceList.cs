using System.Globalization;
using HandsOff.Core;
using TorchSharp;

namespace HandsOff.Silo.Devices;

/// <summary>Reads the devices a user names.</summary>
public static class DeviceList
{
    /// <summary>The most CPU nodes a process may have.</summary>
    public const int MostThreads = 256;

    /// <summary>
    /// <c>auto</c> (all CUDA devices, or the CPU when there is none), <c>all</c> (all CUDA devices), <c>cpu</c>, <c>cuda:0</c>, or several
    /// separated by commas. The CPU becomes <paramref name="threads"/> nodes of one thread each, <c>cpu:0</c>, <c>cpu:1</c>, ...:
    /// several nodes use the cores better than one node with several threads, and give the same bytes.
    /// <c>null</c> becomes as many nodes that make empty samples at no cost, for tests and benchmarks; <c>none</c> is a silo without nodes, which
    /// answers requests and coordinates.
    /// </summary>
    /// <exception cref="HandsOffException">An unknown word, a CUDA device that is not there, or a thread count out of range.</exception>
    public static IReadOnlyList<string> Parse(string devices, int threads)
    {
        if (threads is < 1 or > MostThreads) throw HandsOffException.Usage($"--threads {threads}: 1 to {MostThreads} would be right");
        if (devices.Trim() == "none") return [];
        var names = new List<string>();
        foreach (string word in devices.Split(',', StringSplitOptions.TrimEntries))
        {
            switch (word)
            {
                case "cpu":
                    names.AddRange(Cpu(threads));
                    break;
                case "null":
                    names.AddRange(Enumerable.Range(0, threads).Select(i => $"null:{i}"));
                    break;
                case "auto":
                    names.AddRange(CudaCount() > 0 ? Cuda() : Cpu(threads));
                    break;
                case "all":
                    if (CudaCount() == 0) throw HandsOffException.Usage("--devices all: this machine has no CUDA device that this build can use; --devices cpu would be right");
                    names.AddRange(Cuda());
                    break;
                case var _ when word.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(word.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int index):
                    if (index >= CudaCount()) throw HandsOffException.Usage($"--devices {word}: this machine has {CudaCount()} CUDA devices that this build can use; --devices cpu would be right");
                    names.Add(word);
                    break;
                default:
                    throw HandsOffException.Usage($"--devices '{word}': auto, all, cpu, cuda:N or none would be right");
            }
        }

        return [.. names.Distinct(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Cpu(int threads) => Enumerable.Range(0, threads).Select(i => $"cpu:{i}");

    private static IEnumerable<string> Cuda() => Enumerable.Range(0, CudaCount()).Select(i => $"cuda:{i}");

    private static int CudaCount() => torch.cuda.is_available() ? torch.cuda.device_count() : 0;
}
