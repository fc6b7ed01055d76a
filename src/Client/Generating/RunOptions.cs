using Microsoft.Extensions.Configuration;
using static TorchSharp.torch;

namespace HandsOff.Client.Generating;

/// <summary>How a job is run and shown; no influence on a single byte of the dataset, but for the precision (part of the kernel class).</summary>
/// <param name="Devices">auto, all, cpu, cuda:N.</param>
/// <param name="Threads">CPU nodes of one thread each.</param>
/// <param name="Json">The summary as JSON, no progress.</param>
/// <param name="Verbose">Log to the error stream.</param>
/// <param name="Settings">appsettings.json and environment.</param>
/// <param name="Maps">Type of the generator's large feature maps.</param>
internal sealed record RunOptions(string Devices, int Threads, bool Json, bool Verbose, IConfiguration Settings, ScalarType Maps = ScalarType.Float32);
