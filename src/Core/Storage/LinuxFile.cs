using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HandsOff.Core.Storage;

/// <summary>What the file system can do and .NET does not offer: create-only publication, directory fsync and locks.</summary>
internal static partial class LinuxFile
{
    public const int ErrorExists = 17, ErrorNoSpace = 28, ErrorQuota = 122;
    public const int ErrorNotAFolder = 20, ErrorIsAFolder = 21, ErrorInvalid = 22, ErrorNameTooLong = 36, ErrorLinkLoop = 40;

    private const int ErrorPermission = 1, ErrorTooManyLinks = 31, ErrorNotImplemented = 38, ErrorNotSupported = 95, ErrorWouldBlock = 11;
    private const int OpenDirectory = 0x10000 | 0x80000, LockSharedNonBlocking = 1 | 4, LockExclusiveNonBlocking = 2 | 4;
    private const int CurrentFolder = -100;
    private const uint NoReplace = 1;

    /// <summary>
    /// Publishes a finished temporary file under its name; false when the name is taken (nothing is changed). By hard link, or by
    /// rename-without-replacing on file systems without links: both are atomic, and neither overwrites.
    /// </summary>
    public static bool PublishNew(string temporary, string path)
    {
        if (Link(temporary, path) == 0)
        {
            File.Delete(temporary);
            return true;
        }

        int error = Marshal.GetLastPInvokeError();
        if (error is ErrorPermission or ErrorTooManyLinks or ErrorNotImplemented or ErrorNotSupported)
        {
            if (RenameAt2(CurrentFolder, temporary, CurrentFolder, path, NoReplace) == 0) return true;
            error = Marshal.GetLastPInvokeError();
        }

        if (error == ErrorExists) return false;
        throw Failure(error, path);
    }

    /// <summary>
    /// Turns the writer's exclusive lock on its open file into a shared one. .NET takes a shared lock for every reader, so a
    /// file published under the exclusive lock could not be opened until its writer had closed it.
    /// </summary>
    public static void ShareLock(SafeFileHandle file) => _ = Flock(file, LockSharedNonBlocking);

    /// <summary>Makes the folder's entries durable.</summary>
    public static void SyncFolder(string folder)
    {
        using var handle = OpenFolder(folder);
        // Some network file systems refuse to sync folders; the entry is then as durable as they make it.
        _ = Fsync(handle);
    }

    /// <summary>An exclusive lock on a folder, or null while another process or thread holds it. Released by disposing.</summary>
    public static SafeFileHandle? TryLockFolder(string folder)
    {
        var handle = OpenFolder(folder);
        if (Flock(handle, LockExclusiveNonBlocking) == 0) return handle;
        int error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        return error == ErrorWouldBlock ? null : throw Failure(error, folder);
    }

    private static SafeFileHandle OpenFolder(string folder)
    {
        int descriptor = Open(folder, OpenDirectory);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failure(Marshal.GetLastPInvokeError(), folder);
    }

    private static IOException Failure(int error, string path) => new($"{path}: {Marshal.GetPInvokeErrorMessage(error)}", error);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string from, string to);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt2(int fromFolder, string from, int toFolder, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle handle);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle handle, int operation);
}
