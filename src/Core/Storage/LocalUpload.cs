namespace HandsOff.Core.Storage;

/// <summary>A blob on its way into a local folder: a temporary file, locked while its writer lives.</summary>
internal sealed class LocalUpload : BlobUpload
{
    private readonly LocalFolderStore _store;
    private readonly string _name;
    private readonly string _temporary;
    private readonly FileStream _file;
    private readonly GuardedStream _stream;

    public LocalUpload(LocalFolderStore store, string name, FileStream file)
    {
        _store = store;
        _name = name;
        _temporary = file.Name;
        _file = file;
        _stream = new GuardedStream(file, e => store.Failure(e, name));
    }

    public override Stream Stream => _stream;

    public override async Task<bool> CommitAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await _stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        return await Task.Run(() => Publish(_name), CancellationToken.None).ConfigureAwait(false);
    }

    public override Task<bool> SaveAsAsync(string name, CancellationToken cancellationToken) =>
        Task.Run(() => Publish(BlobName.Check(name)), cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        try
        {
            await _file.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The last buffered bytes did not fit: the file is being thrown away anyway.
        }

        LocalFolderStore.DiscardTemporary(_temporary);
    }

    private bool Publish(string name)
    {
        try
        {
            _file.Flush(flushToDisk: true);
            string path = _store.PathOf(name), folder = Path.GetDirectoryName(path)!;
            Directory.CreateDirectory(folder);
            LinuxFile.ShareLock(_file.SafeFileHandle);
            if (!LinuxFile.PublishNew(_temporary, path)) return false;
            LinuxFile.SyncFolder(folder);
            return true;
        }
        catch (Exception e) when (StorageErrors.IsOurs(e))
        {
            throw _store.Failure(e, name);
        }
    }
}
