using HandsOff.Grains.Nodes;
using HandsOff.Grains.Scheduling;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace HandsOff.Silo.Hosting;

/// <summary>What an <see cref="EmbeddedCluster"/> is made of.</summary>
public sealed class EmbeddedClusterOptions
{
    /// <summary>Devices, as <see cref="Devices.DeviceList"/> gives them; each becomes a node.</summary>
    public required IReadOnlyList<string> Devices { get; init; }

    /// <summary>Loads pairs.</summary>
    public required IEngineFactory Engines { get; init; }

    /// <summary>The part of the silo's name before the process id.</summary>
    public string Name { get; init; } = "local";

    /// <summary>Settings of nodes and logging; section <c>HandsOff</c>. Null: the built-in ones.</summary>
    public IConfiguration? Configuration { get; init; }

    /// <summary>The ledger's rules.</summary>
    public LedgerOptions Ledger { get; init; } = new();

    /// <summary>What is printed to the error stream.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Error;

    /// <summary>Last changes to the nodes' options.</summary>
    public Action<NodeOptions>? Nodes { get; init; }
}
