namespace HandsOff.Grains.Nodes;

/// <summary>A shard exists with other content than this node made of the same inputs. Trying again cannot help; a person must look.</summary>
internal sealed class DeterminismViolationException(string message) : Exception(message);
