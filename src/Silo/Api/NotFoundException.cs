namespace HandsOff.Silo.Api;

/// <summary>What the address names does not exist: answered with 404.</summary>
internal sealed class NotFoundException(string message) : Exception(message);
