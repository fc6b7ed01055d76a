using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace HandsOff.Core.Storage;

/// <summary>
/// A store in a local folder. A blob is written to a temporary file, synced, and linked into place, so that it is there
/// whole or not at all and never overwrites another. Replacements happen under a lock on the folder. Temporary files
/// that a killed process left are removed by the next writer.
/// </summary>
public sealed class LocalFolderStore : IBlobStore
{
    private const int Buffer = 1 << 17;
    private const long HashedTagLength = 4 << 20;
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(5);

    private readonly string _root;
    private int _swept;

    private LocalFolderStore(string root) => _root = root;

    /// <summary>The folder's full path.</summary>
    public string Description => _root;

    /// <summary>A store in an existing folder.</summary>
    public static LocalFolderStore Open(string folder)
    {
        string root = FullPath(folder);
        if (!Directory.Exists(root)) throw new HandsOffException($"{folder}: there is no such folder");
        return new LocalFolderStore(root);
    }

    /// <summary>A store in a folder that is created when missing; fails at once when it cannot be written to.</summary>
    public static LocalFolderStore Create(string folder)
    {
        string root = FullPath(folder);
        var store = new LocalFolderStore(root);
        try
        {
            if (File.Exists(root)) throw new HandsOffException($"{folder}: is a file; choose a folder");
            Directory.CreateDirectory(root);
            using (var probe = store.NewTemporary()) DiscardTemporary(probe.Name);
            return store;
        }
        catch (Exception e) when (StorageErrors.IsOurs(e))
        {
            throw store.Failure(e, "the folder");
        }
    }

    public async Task<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = OpenShared(name);
            byte[] bytes = new byte[file.Length];
            await file.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
            return new BlobContent(bytes, bytes.Length <= HashedTagLength ? Tag(bytes) : Tag(new FileInfo(PathOf(name))));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (StorageErrors.IsOurs(e))
        {
            throw Failure(e, name);
        }
    }

    public Task<Stream?> OpenReadAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return Task.FromResult<Stream?>(OpenShared(name));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Task.FromResult<Stream?>(null);
        }
        catch (Exception e) when (StorageErrors.IsOurs(e))
        {
            throw Failure(e, name);
        }
    }

    public async Task<BlobProperties?> StatAsync(string name, CancellationToken cancellationToken)
    {
        var file = new FileInfo(PathOf(name));
        if (!file.Exists) return null;
        if (file.Length > HashedTagLength) return new BlobProperties(file.Length, Tag(file));
        var content = await ReadAsync(name, cancellationToken).ConfigureAwait(false);
        return content is null ? null : new BlobProperties(content.Bytes.Length, content.ETag);
    }

    public async Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (File.Exists(PathOf(name))) return false;
        await using var upload = await BeginUploadAsync(name, cancellationToken).ConfigureAwait(false);
        await upload.Stream.WriteAsync(content, cancellationToken).ConfigureAwait(false);
        return await upload.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task<bool> ReplaceAsync(string name, ReadOnlyMemory<byte> content, string ifMatch, CancellationToken cancellationToken)
    {
        try
        {
            using var guard = await LockAsync(cancellationToken).ConfigureAwait(false);
            var current = await StatAsync(name, cancellationToken).ConfigureAwait(false);
            if (current is null || current.ETag != ifMatch) return false;
            string path = PathOf(name);
            using var file = NewTemporary();
            try
            {
                file.Write(content.Span);
                file.Flush(flushToDisk: true);
                LinuxFile.ShareLock(file.SafeFileHandle);
                File.Move(file.Name, path, overwrite: true);
                LinuxFile.SyncFolder(Path.GetDirectoryName(path)!);
                return true;
            }
            finally
            {
                DiscardTemporary(file.Name);
            }
        }
        catch (Exception e) when (StorageErrors.IsOurs(e))
        {
            throw Failure(e, name);
        }
    }

    public Task<BlobUpload> BeginUploadAsync(string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        BlobName.Check(name);
        try
        {
            if (Interlocked.Exchange(ref _swept, 1) == 0) Sweep();
            return Task.FromResult<BlobUpload>(new LocalUpload(this, name, NewTemporary()));
        }
        catch (Exception e) when (StorageErrors.IsOurs(e))
        {
            throw Failure(e, name);
        }
    }

    public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken)
    {
        string path = PathOf(name);
        try
        {
            if (!File.Exists(path)) return Task.FromResult(false);
            File.Delete(path);
            LinuxFile.SyncFolder(Path.GetDirectoryName(path)!);
            return Task.FromResult(true);
        }
        catch (Exception e) when (StorageErrors.IsOurs(e))
        {
            throw Failure(e, name);
        }
    }

    public async IAsyncEnumerable<BlobEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobName.CheckPrefix(prefix);
        await Task.CompletedTask.ConfigureAwait(false);
        string folder = prefix[..(prefix.LastIndexOf('/') + 1)];
        var found = Look(folder, () =>
        {
            var files = new List<BlobEntry>();
            foreach (var file in new DirectoryInfo(Path.Combine(_root, folder)).EnumerateFiles("*", SearchOption.AllDirectories))
            {
                cancellationToken.ThrowIfCancellationRequested();
                string name = Path.GetRelativePath(_root, file.FullName);
                if (!name.StartsWith(prefix, StringComparison.Ordinal) || name.Split('/').Contains(BlobName.TemporaryFolder)) continue;
                if (file.Exists) files.Add(new BlobEntry(name, file.Length));
            }

            return files;
        });
        foreach (var entry in found.OrderBy(e => e.Name, StringComparer.Ordinal)) yield return entry;
    }

    public async IAsyncEnumerable<string> ListFoldersAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobName.CheckFolderPrefix(prefix);
        await Task.CompletedTask.ConfigureAwait(false);
        // A folder that holds nothing is none: a blob store has no empty ones.
        var found = Look(prefix, () => new DirectoryInfo(Path.Combine(_root, prefix)).EnumerateDirectories()
            .Where(d => d.Name != BlobName.TemporaryFolder && d.EnumerateFileSystemInfos().Any()).Select(d => prefix + d.Name).ToList());
        foreach (string name in found.Order(StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return name;
        }
    }

    /// <summary>What is in a folder; nothing when there is none.</summary>
    private List<T> Look<T>(string folder, Func<List<T>> read)
    {
        try
        {
            return read();
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (StorageErrors.IsOurs(e))
        {
            throw Failure(e, folder);
        }
    }

    internal string PathOf(string name) => Path.Combine(_root, BlobName.Check(name));

    internal HandsOffException Failure(Exception e, string what) => StorageErrors.Of(e, _root, what);

    /// <summary>Removes a temporary file, and their folder when it is the last.</summary>
    internal static void DiscardTemporary(string path)
    {
        try
        {
            File.Delete(path);
            Directory.Delete(Path.GetDirectoryName(path)!);
        }
        catch (Exception e) when (StorageErrors.IsOurs(e))
        {
            // Others are still writing, or the disk has gone: the next writer sweeps.
        }
    }

    private FileStream OpenShared(string name) => new(PathOf(name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, Buffer);

    private FileStream NewTemporary()
    {
        string folder = Path.Combine(_root, BlobName.TemporaryFolder);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                Directory.CreateDirectory(folder);
                // FileShare.None takes the lock by which Sweep knows a living writer's file.
                var file = new FileStream(Path.Combine(folder, Guid.NewGuid().ToString("n")), FileMode.CreateNew, FileAccess.Write, FileShare.None, Buffer);
                if (File.Exists(file.Name)) return file;
                // A sweep opened the file before it was locked, took it for abandoned and removed it.
                file.Dispose();
            }
            catch (IOException e) when (attempt < 100 && !StorageErrors.IsDiskFull(e) && Directory.Exists(_root))
            {
                // Another writer removed the empty folder, or its sweep took the new file's lock, in between.
            }
        }
    }

    private void Sweep()
    {
        string folder = Path.Combine(_root, BlobName.TemporaryFolder);
        if (!Directory.Exists(folder)) return;
        foreach (string path in Directory.GetFiles(folder))
        {
            try
            {
                using var abandoned = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.None);
                File.Delete(path);
            }
            catch (Exception e) when (StorageErrors.IsOurs(e))
            {
                // Locked: its writer lives.
            }
        }
    }

    private async Task<IDisposable> LockAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (LinuxFile.TryLockFolder(_root) is { } guard) return guard;
            await Task.Delay(LockPause, cancellationToken).ConfigureAwait(false);
        }
    }

    private static string Tag(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static string Tag(FileInfo file) => $"{file.Length:x}-{file.LastWriteTimeUtc.Ticks:x}";

    internal static string FullPath(string folder)
    {
        if (string.IsNullOrWhiteSpace(folder)) throw HandsOffException.Usage("the folder's name is empty");
        return Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
    }
}
