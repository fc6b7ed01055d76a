namespace HandsOff.Grains.Tests.Protocol;

/// <summary>The process is gone: nothing after this happens.</summary>
internal sealed class ProcessDied() : Exception("the process died");
