namespace HandsOff.Core.Checkpoints.Pickle;

/// <summary>A pickle that is broken, or that asks for something a checkpoint does not need. The message does not name the file: its reader adds that.</summary>
internal sealed class PickleException(string message) : Exception(message);
