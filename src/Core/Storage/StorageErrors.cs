namespace HandsOff.Core.Storage;

/// <summary>Turns what the operating system says into one line that says what would be right.</summary>
internal static class StorageErrors
{
    private const int WindowsDiskFull = unchecked((int)0x80070070), WindowsDiskFullHandle = unchecked((int)0x80070027);

    public static bool IsDiskFull(Exception e) =>
        e is IOException && e.HResult is LinuxFile.ErrorNoSpace or LinuxFile.ErrorQuota or WindowsDiskFull or WindowsDiskFullHandle;

    /// <summary>
    /// The exception to throw in place of a failed read or write in a local folder. It is lasting when the folder, its name or its permissions must be
    /// mended; anything else (a shared folder whose server is away, a device that fails to answer) may pass.
    /// </summary>
    public static HandsOffException Of(Exception e, string folder, string what) => IsDiskFull(e)
        ? new HandsOffException($"{folder}: the disk is full while writing {what}; free some space and run the same command again (what is committed stays)", HandsOffException.Failed, e)
        : e is UnauthorizedAccessException or IOException { HResult: 30 }
            ? new HandsOffException($"{folder}: not allowed to access {what}; choose a folder you may write to or mend its permissions", HandsOffException.Failed, e)
            : new HandsOffException($"{folder}: {what}: {e.Message}", HandsOffException.Failed, e) { IsTransient = !IsName(e) };

    /// <summary>No such place, or one that cannot be: no waiting helps.</summary>
    private static bool IsName(Exception e) =>
        e is FileNotFoundException or DirectoryNotFoundException or PathTooLongException
        || e.HResult is LinuxFile.ErrorExists or LinuxFile.ErrorNotAFolder or LinuxFile.ErrorIsAFolder or LinuxFile.ErrorInvalid or LinuxFile.ErrorNameTooLong or LinuxFile.ErrorLinkLoop;

    public static bool IsOurs(Exception e) => e is IOException or UnauthorizedAccessException;
}
