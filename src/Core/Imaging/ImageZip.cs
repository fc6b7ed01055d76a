using System.IO.Compression;

namespace HandsOff.Core.Imaging;

/// <summary>
/// Writes images into a zip without compressing them again. Entries carry a fixed time, so equal images give equal
/// files. The file appears under its name when it is complete.
/// </summary>
public sealed class ImageZip : IDisposable
{
    private static readonly DateTimeOffset Epoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly string _path;
    private readonly string _partial;
    private readonly ZipArchive _archive;
    private bool _closed;

    /// <summary>Begins a new zip.</summary>
    /// <exception cref="HandsOffException">There is a file of this name.</exception>
    public ImageZip(string path)
    {
        if (File.Exists(path) || Directory.Exists(path)) throw new HandsOffException($"{path}: exists already; give another name");
        _path = path;
        _partial = path + ".partial";
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _archive = new ZipArchive(new FileStream(_partial, FileMode.Create), ZipArchiveMode.Create);
    }

    /// <summary>Adds one encoded image.</summary>
    public void Add(string name, ReadOnlySpan<byte> file)
    {
        var entry = _archive.CreateEntry(name, CompressionLevel.NoCompression);
        entry.LastWriteTime = Epoch;
        using var stream = entry.Open();
        stream.Write(file);
    }

    /// <summary>Closes the zip and gives it its name.</summary>
    public void Complete()
    {
        _closed = true;
        _archive.Dispose();
        File.Move(_partial, _path);
    }

    public void Dispose()
    {
        if (_closed) return;
        _closed = true;
        _archive.Dispose();
        File.Delete(_partial);
    }
}
