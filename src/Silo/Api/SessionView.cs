namespace HandsOff.Silo.Api;

/// <summary>Who is signed in. <paramref name="SignsOut"/>: by a cookie, so signing out makes sense.</summary>
public sealed record SessionView(string Name, string Role, bool SignsOut);
