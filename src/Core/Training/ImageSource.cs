using System.IO.Compression;

namespace HandsOff.Core.Training;

/// <summary>
/// A folder or zip of images: <c>PATH</c>, or <c>PATH:PREFIX</c> for only the files whose path inside begins with PREFIX
/// (<c>faces.zip:images/</c>). PNG, JPEG and WebP files count; all else is passed over.
/// </summary>
internal sealed class ImageSource
{
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".webp"];
    private const long LargestImage = 1L << 30;
    private readonly string _path, _prefix;

    private ImageSource(string path, string prefix) => (_path, _prefix) = (path, prefix);

    public static ImageSource Parse(string text)
    {
        string path = text, prefix = "";
        int colon = text.LastIndexOf(':');
        if (!File.Exists(path) && !Directory.Exists(path) && colon > 0) (path, prefix) = (text[..colon], text[(colon + 1)..]);
        if (!File.Exists(path) && !Directory.Exists(path))
            throw new HandsOffException($"{text}: no such folder or zip of images (a folder, a .zip, or either with ':' and a path prefix inside it)");
        return new ImageSource(path, prefix);
    }

    /// <summary>Every image's name (its path inside) and bytes, in name order. Names that <paramref name="wanted"/> refuses are not read.</summary>
    public IEnumerable<(string Name, byte[] Bytes)> Read(Func<string, bool> wanted) => Directory.Exists(_path) ? ReadFolder(wanted) : ReadZip(wanted);

    private IEnumerable<(string, byte[])> ReadFolder(Func<string, bool> wanted)
    {
        var names = Directory.EnumerateFiles(_path, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(_path, f).Replace('\\', '/'));
        foreach (string name in names.Where(n => IsImage(n) && wanted(n)).Order(StringComparer.Ordinal)) yield return (name, File.ReadAllBytes(Path.Combine(_path, name)));
    }

    private IEnumerable<(string, byte[])> ReadZip(Func<string, bool> wanted)
    {
        using var zip = Open();
        foreach (var entry in zip.Entries.Where(e => IsImage(e.FullName) && wanted(e.FullName)).OrderBy(e => e.FullName, StringComparer.Ordinal))
        {
            yield return (entry.FullName, Bytes(entry));
        }
    }

    private byte[] Bytes(ZipArchiveEntry entry)
    {
        if (entry.Length > LargestImage) throw new HandsOffException($"{_path}: {entry.FullName} has {entry.Length} bytes, which no image of use has");
        try
        {
            var bytes = new byte[entry.Length];
            using var stream = entry.Open();
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new HandsOffException($"{_path}: {entry.FullName} is damaged in the zip; make or copy the zip again", inner: e);
        }
    }

    private ZipArchive Open()
    {
        try
        {
            return ZipFile.OpenRead(_path);
        }
        catch (InvalidDataException e)
        {
            throw new HandsOffException($"{_path}: neither a folder nor a whole zip file", inner: e);
        }
    }

    private bool IsImage(string name) =>
        name.StartsWith(_prefix, StringComparison.Ordinal) && !name.StartsWith("__MACOSX/", StringComparison.Ordinal)
        && Extensions.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);
}
