using System.Security.Cryptography;
using System.Text;
using HandsOff.Core.Imaging;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Training;

/// <summary>
/// Images of folders and zips at one size, held in memory as bytes (64 px: 12 KB each). Larger images are reduced by
/// area; smaller ones, or ones of another aspect ratio, are refused.
/// </summary>
public sealed class ImageFolder
{
    private readonly List<byte[]> _planes;
    private string? _digest;

    private ImageFolder(List<string> names, List<byte[]> planes, int width, int height)
    {
        (Names, _planes) = (names, planes);
        (Width, Height) = (width, height);
    }

    /// <summary>Width of every image in pixels.</summary>
    public int Width { get; }

    /// <summary>Height of every image in pixels.</summary>
    public int Height { get; }

    public int Count => _planes.Count;

    /// <summary>Each image's path inside its folder or zip: sources in the order given, names in ordinal order within one.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>SHA-256 over size, names and pixels, lower-case hex: equal where training sees the same.</summary>
    internal string Digest => _digest ??= ComputeDigest();

    /// <summary>Reads them all.</summary>
    /// <param name="sources">Folders or zips, each optionally followed by <c>:PREFIX</c>.</param>
    /// <param name="width">Width wanted, pixels.</param>
    /// <param name="height">Height wanted, pixels.</param>
    /// <param name="list">Optional text file: one image a line, as a path inside a source or a file name with or without its ending; what follows a comma is ignored. Only these are read.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="HandsOffException">A source or the list is missing, an image cannot be read or has the wrong shape, or no image is left.</exception>
    public static ImageFolder Load(IReadOnlyList<string> sources, int width, int height, string? list = null, CancellationToken cancellationToken = default)
    {
        if (sources.Count == 0) throw HandsOffException.Usage("no images: give --data FOLDER or --data FILE.zip, as often as needed");
        var parsed = sources.Select(ImageSource.Parse).ToList();
        var listed = list is null ? null : ReadList(list);
        var names = new List<string>();
        var planes = new List<byte[]>();
        for (int i = 0; i < parsed.Count; i++)
        {
            string where = sources[i];
            foreach (var chunk in parsed[i].Read(n => listed is null || Listed(listed, n)).Chunk(256))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var made = new byte[chunk.Length][];
                var errors = new HandsOffException?[chunk.Length];
                Parallel.For(0, chunk.Length, j =>
                {
                    try
                    {
                        made[j] = Decode(chunk[j].Bytes, $"{where}: {chunk[j].Name}", width, height);
                    }
                    catch (HandsOffException e)
                    {
                        errors[j] = e;
                    }
                });

                // The first in name order, whichever thread failed first.
                if (errors.FirstOrDefault(e => e is not null) is { } error) throw error;
                names.AddRange(chunk.Select(c => c.Name));
                planes.AddRange(made);
            }
        }

        if (planes.Count == 0)
            throw new HandsOffException($"{string.Join(", ", sources)}: no PNG, JPEG or WebP image found{(list is null ? "" : $" that {list} names")}");
        return new ImageFolder(names, planes, width, height);
    }

    /// <summary>Planar bytes [3,H,W] of one image: not a copy.</summary>
    public ReadOnlySpan<byte> Planar(int index) => _planes[index];

    /// <summary>The chosen images as bytes [B,3,H,W] on the CPU, those marked mirrored left to right. The caller disposes the result.</summary>
    public Tensor Bytes(ReadOnlySpan<int> indices, ReadOnlySpan<bool> mirror = default)
    {
        int size = 3 * Width * Height;
        var buffer = new byte[indices.Length * size];
        for (int i = 0; i < indices.Length; i++)
        {
            var image = buffer.AsSpan(i * size, size);
            _planes[indices[i]].CopyTo(image);
            if (mirror.IsEmpty || !mirror[i]) continue;
            for (int y = 0; y < 3 * Height; y++) image.Slice(y * Width, Width).Reverse();
        }

        return tensor(buffer, [indices.Length, 3, Height, Width]);
    }

    /// <summary>The chosen images as floats [B,3,H,W] in [-1, 1] on <paramref name="device"/>. The caller disposes the result.</summary>
    public Tensor Batch(ReadOnlySpan<int> indices, ReadOnlySpan<bool> mirror = default, Device? device = null)
    {
        using var scope = NewDisposeScope();
        var bytes = Bytes(indices, mirror);
        return Pixels.FromBytes(bytes.to(device ?? CPU)).MoveToOuterDisposeScope();
    }

    private string ComputeDigest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{Width}x{Height}\n{string.Join('\n', Names)}\n"));
        foreach (byte[] image in _planes) hash.AppendData(image);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static byte[] Decode(byte[] file, string name, int width, int height)
    {
        var (rgb, w, h) = ImageFile.ReadRgb(file, name);
        if (w < width || h < height || (long)w * height != (long)h * width)
            throw new HandsOffException($"{name} is {w}x{h}: it should be {width}x{height}, or larger with the same aspect ratio");
        return AreaResize.ToPlanar(rgb, w, h, width, height);
    }

    private static HashSet<string> ReadList(string path)
    {
        try
        {
            return File.ReadLines(path).Select(l => l.Split(',')[0].Trim()).Where(l => l.Length > 0).ToHashSet(StringComparer.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HandsOffException($"{path}: the list of images cannot be read: {e.Message}", inner: e);
        }
    }

    private static bool Listed(HashSet<string> listed, string name) =>
        listed.Contains(name) || listed.Contains(Path.GetFileName(name)) || listed.Contains(Path.GetFileNameWithoutExtension(name));
}
