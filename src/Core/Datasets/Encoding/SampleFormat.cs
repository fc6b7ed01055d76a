using HandsOff.Core.Imaging;
using HandsOff.Core.Labeling;

namespace HandsOff.Core.Datasets.Encoding;

/// <summary>What every sample of a request is stored as: its members' extensions in ordinal order, the palette, the seed.</summary>
internal sealed class SampleFormat
{
    public const string Json = "json", Segmentation = "seg.png", Depth = "depth.png";

    public SampleFormat(DatasetRequest request)
    {
        Request = request;
        Image = request.ImageFormat switch { ImageFormat.Png => "png", ImageFormat.Jpg => "jpg", _ => "webp" };
        Palette = MaskPalette.Of(request.Schema.Classes);
        var members = new List<string> { Image, Json };
        if (Has(LabelKinds.Segmentation)) members.Add(Segmentation);
        if (Has(LabelKinds.Depth)) members.Add(Depth);
        members.Sort(StringComparer.Ordinal);
        Members = members;
    }

    public DatasetRequest Request { get; }

    /// <summary>The image's extension.</summary>
    public string Image { get; }

    public byte[] Palette { get; }

    public IReadOnlyList<string> Members { get; }

    public bool Has(LabelKinds kind) => Request.Labels.HasFlag(kind);
}
