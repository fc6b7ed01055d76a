namespace HandsOff.Silo.Api;

/// <summary>An API key handed over to sign in.</summary>
public sealed record SessionRequest(string Key);
