using HandsOff.Core.Storage;

namespace HandsOff.Core.Datasets.Export;

/// <summary>
/// The folder of an export. While it is being filled, <c>.export/</c> keeps a file of records for each shard that is done; a second run
/// makes only the others. It takes a new or empty folder, or the same export's; all else is left alone.
/// </summary>
internal sealed class ExportFolder : IDisposable
{
    private const string Work = ".export";

    private readonly FileStream? _lock;

    private ExportFolder(string path, FileStream? folderLock, bool complete) => (Path, _lock, IsComplete) = (path, folderLock, complete);

    public string Path { get; }

    /// <summary>The export was completed by an earlier run.</summary>
    public bool IsComplete { get; }

    /// <summary>Takes the folder for an export.</summary>
    /// <exception cref="HandsOffException">It holds something else, another export, or another process is at it.</exception>
    public static ExportFolder Open(string folder, ExportMarker marker)
    {
        if (BlobStores.IsAzure(folder)) throw HandsOffException.Usage($"--out {folder}: an export is many small files; give a local folder");
        if (string.IsNullOrWhiteSpace(folder)) throw HandsOffException.Usage("--out: the folder's name is empty");
        string path = System.IO.Path.GetFullPath(folder), markerPath = System.IO.Path.Combine(path, ExportMarker.FileName), work = System.IO.Path.Combine(path, Work);
        if (File.Exists(path)) throw new HandsOffException($"{folder}: is a file; choose a folder");
        try
        {
            bool there = File.Exists(markerPath);
            if (there)
            {
                var found = DatasetJson.Read<ExportMarker>(File.ReadAllBytes(markerPath), markerPath);
                if (!found.IsSameAs(marker)) throw new HandsOffException($"{folder}: holds another export (see {ExportMarker.FileName}); choose another folder, or empty this one");
                if (found.Complete) return new ExportFolder(path, null, complete: true);
            }
            else if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any(e => System.IO.Path.GetFileName(e) != Work))
            {
                throw new HandsOffException($"{folder}: is not empty and holds no export; choose a new or empty folder");
            }

            Directory.CreateDirectory(work);
            var opened = new ExportFolder(path, Lock(work, folder), complete: false);
            if (!there) opened.Put(ExportMarker.FileName, stream => stream.Write(DatasetJson.Readable(marker)));
            return opened;
        }
        catch (Exception e) when (StorageErrors.IsOurs(e))
        {
            throw StorageErrors.Of(e, folder, "the export");
        }
    }

    /// <summary>Records of the shard's samples are there: all its files were written.</summary>
    public bool IsDone(int shard) => File.Exists(RecordsPath(shard));

    /// <summary>Commits a shard: a line a sample.</summary>
    public void Commit(int shard, Stream records)
    {
        records.Position = 0;
        Put($"{Work}/{RecordsName(shard)}", records.CopyTo);
    }

    /// <summary>The records of the shards, in order.</summary>
    public IEnumerable<string> Records(IEnumerable<int> shards) => shards.SelectMany(s => File.ReadLines(RecordsPath(s)));

    /// <summary>Writes a file that counts only with its shard.</summary>
    public void Write(string name, ReadOnlySpan<byte> content)
    {
        string path = System.IO.Path.Combine(Path, name);
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, content);
        }
        catch (Exception e) when (StorageErrors.IsOurs(e))
        {
            throw StorageErrors.Of(e, Path, name);
        }
    }

    /// <summary>Writes a file that is there whole or not at all.</summary>
    public void Put(string name, Action<Stream> write)
    {
        string path = System.IO.Path.Combine(Path, name), temporary = System.IO.Path.Combine(Path, Work, $"{Guid.NewGuid():n}.tmp");
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(file);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (StorageErrors.IsOurs(e))
        {
            throw StorageErrors.Of(e, Path, name);
        }
    }

    /// <summary>Marks the export as complete and removes what only its making needed.</summary>
    public void Complete(ExportMarker marker)
    {
        Put(ExportMarker.FileName, stream => stream.Write(DatasetJson.Readable(marker with { Complete = true })));
        _lock?.Dispose();
        Directory.Delete(System.IO.Path.Combine(Path, Work), recursive: true);
    }

    public void Dispose() => _lock?.Dispose();

    private static FileStream Lock(string work, string folder)
    {
        try
        {
            return new FileStream(System.IO.Path.Combine(work, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (!StorageErrors.IsDiskFull(e) && Directory.Exists(work))
        {
            throw new HandsOffException($"{folder}: another export is being written here", HandsOffException.Failed, e);
        }
    }

    private static string RecordsName(int shard) => $"shard-{shard:D6}.jsonl";

    private string RecordsPath(int shard) => System.IO.Path.Combine(Path, Work, RecordsName(shard));
}
