namespace HandsOff.Core;

/// <summary>
/// A failure that the user can understand and mend. Its message is one line: what was wrong, where, and what would be
/// right. The command line prints it without a stack trace and exits with <see cref="ExitCode"/>.
/// </summary>
public class HandsOffException : Exception
{
    /// <summary>Exit code of work that failed.</summary>
    public const int Failed = 1;

    /// <summary>Exit code of a wrong command line or request.</summary>
    public const int WrongUsage = 2;

    public HandsOffException(string message, int exitCode = Failed, Exception? inner = null)
        : base(message, inner) => ExitCode = exitCode;

    /// <summary>1 (failed) or 2 (wrong usage).</summary>
    public int ExitCode { get; }

    /// <summary>It may pass by itself (a store that cannot be reached): the same work may be tried again, later.</summary>
    public bool IsTransient { get; init; }

    /// <summary>The sample whose own fault it is: the others can be made. Null when it concerns more than one sample.</summary>
    public long? Sample { get; init; }

    /// <summary>A mistake in what was asked for: exit code 2.</summary>
    public static HandsOffException Usage(string message) => new(message, WrongUsage);
}
