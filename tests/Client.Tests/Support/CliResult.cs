namespace HandsOff.Client.Tests.Support;

internal sealed record CliResult(int Code, string Output, string Error)
{
    /// <summary>Both streams, for messages of failed assertions.</summary>
    public string All => $"exit code {Code}\n{Output}\n{Error}";
}
