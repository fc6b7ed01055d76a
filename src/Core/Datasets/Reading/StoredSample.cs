using System.Text.Json;
using HandsOff.Core.Datasets.Encoding;
using HandsOff.Core.Imaging;

namespace HandsOff.Core.Datasets;

/// <summary>A sample as it lies in a shard, or as it would: its members' bytes by extension, decoded on demand.</summary>
public sealed class StoredSample
{
    private readonly DatasetRequest _request;

    /// <param name="request">What it was made by.</param>
    /// <param name="index">Which sample.</param>
    /// <param name="members">Its files' bytes by extension, as <see cref="SampleMaker"/> makes them.</param>
    public StoredSample(DatasetRequest request, long index, IReadOnlyDictionary<string, byte[]> members) =>
        (_request, Index, Members) = (request, index, members);

    public long Index { get; }

    /// <summary>Bytes by extension: png, jpg or webp; json; seg.png; depth.png.</summary>
    public IReadOnlyDictionary<string, byte[]> Members { get; }

    /// <summary>Nine digits or more.</summary>
    public string Key => SampleEncoder.Key(Index);

    /// <summary>Its files: name and bytes of each member, in the order of its shard.</summary>
    public IReadOnlyList<(string Name, byte[] Bytes)> Files() => [.. new SampleFormat(_request).Members.Select(m => ($"{Key}.{m}", Members[m]))];

    /// <summary>Height*width*3 RGB bytes.</summary>
    public byte[] Rgb() => ImageFile.ReadRgb(Members[new SampleFormat(_request).Image], Key).Rgb;

    /// <summary>Height*width class ids, or null without segmentation.</summary>
    public byte[]? Mask() => Members.TryGetValue(SampleFormat.Segmentation, out byte[]? png) ? ImageFile.ReadMask(png, $"{Key}.{SampleFormat.Segmentation}").Ids : null;

    /// <summary>Height*width depth values (0 invalid), or null without depth.</summary>
    public ushort[]? Depth() => Members.TryGetValue(SampleFormat.Depth, out byte[]? png) ? ImageFile.ReadGray16(png, $"{Key}.{SampleFormat.Depth}").Values : null;

    /// <summary>x, y, v of each keypoint, or null without keypoints.</summary>
    public float[]? Keypoints()
    {
        using var json = JsonDocument.Parse(Members[SampleFormat.Json]);
        return json.RootElement.TryGetProperty("keypoints", out var points) ? [.. points.EnumerateArray().SelectMany(p => p.EnumerateArray()).Select(v => v.GetSingle())] : null;
    }
}
