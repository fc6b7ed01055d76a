namespace HandsOff.Grains.Nodes;

/// <summary>No node can make a sample now; asking again later may succeed. The message is one line for the user.</summary>
[GenerateSerializer, Alias("handsoff.nodes-busy")]
public sealed class NodesBusyException(string message) : Exception(message);
