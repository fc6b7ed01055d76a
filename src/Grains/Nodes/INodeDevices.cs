namespace HandsOff.Grains.Nodes;

/// <summary>The devices that this silo owns.</summary>
public interface INodeDevices
{
    /// <summary>Device names, for example <c>cuda:0</c> or <c>cpu:1</c>; each becomes a node.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>What makes shards on the device. The node disposes it.</summary>
    IShardRunner CreateRunner(string device);
}
