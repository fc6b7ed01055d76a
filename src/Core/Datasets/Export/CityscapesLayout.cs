using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using HandsOff.Core.Imaging;
using HandsOff.Core.Labeling;

namespace HandsOff.Core.Datasets.Export;

/// <summary>
/// The folders of Cityscapes: <c>leftImg8bit/SPLIT/CITY/CITY_SEQUENCE_FRAME_leftImg8bit.png</c> and <c>gtFine/...</c> with labelIds, labelTrainIds, color and
/// instanceIds; the pair's name is the city, sequence and frame are the index's upper and lower six digits. Ids are class ids (255: ignore) for both, an
/// instance is class * 1000 + number, the background its class alone. Depth lies under <c>depth/</c> as it is. labels.csv says what the ids mean.
/// </summary>
internal sealed class CityscapesLayout : ExportLayout
{
    private const int PerClass = 1000, MostClasses = ushort.MaxValue / PerClass, PerSequence = 1_000_000;

    private readonly string _city;
    private readonly byte[] _palette;

    public CityscapesLayout(ExportFolder folder, DatasetRequest request, ExportOptions options, IReadOnlyList<ExportSplit> splits)
        : base(folder, request, options, splits)
    {
        _city = new string([.. request.Pair.Name.Where(c => char.IsAsciiLetterOrDigit(c) || c == '-')]);
        if (_city.Length == 0) _city = "handsoff";
        _palette = MaskPalette.Of(request.Schema.Classes);
    }

    /// <summary>What a request needs for this layout.</summary>
    public static void Check(DatasetRequest request)
    {
        if (!request.Labels.HasFlag(LabelKinds.Segmentation)) throw HandsOffException.Usage("--format cityscapes: the dataset has no masks; --format folder takes what it has");
        if (request.Schema.Classes.Count > MostClasses) throw HandsOffException.Usage($"--format cityscapes: {request.Schema.Classes.Count} classes; its 16-bit instance ids hold {MostClasses}");
    }

    public override void Add(StoredSample sample, Utf8JsonWriter record)
    {
        string split = SplitOf(sample.Index).Name;
        string stem = string.Create(CultureInfo.InvariantCulture, $"{_city}_{sample.Index / PerSequence:D6}_{sample.Index % PerSequence:D6}");
        string image = $"leftImg8bit/{split}/{_city}/{stem}_leftImg8bit.png";
        int width = Request.Width, height = Request.Height;
        byte[] mask = sample.Mask()!;
        Folder.Write(image, Request.ImageFormat == ImageFormat.Png ? ImageBytes(sample) : PngWriter.Rgb(sample.Rgb(), width, height, CompressionLevel.Fastest));
        byte[] ids = PngWriter.Gray(mask, width, height);
        Folder.Write(Label("labelIds"), ids);
        Folder.Write(Label("labelTrainIds"), ids);
        Folder.Write(Label("color"), PngWriter.Rgb(Colours(mask), width, height, CompressionLevel.Fastest));
        Folder.Write(Label("instanceIds"), PngWriter.Gray16(InstanceIds(mask), width, height));
        if (Request.Labels.HasFlag(LabelKinds.Depth)) Folder.Write($"depth/{split}/{_city}/{stem}_depth.png", sample.Members[Encoding.SampleFormat.Depth]);
        record.WriteStartObject();
        record.WriteString("image", image);
        record.WriteEndObject();

        string Label(string kind) => $"gtFine/{split}/{_city}/{stem}_gtFine_{kind}.png";
    }

    public override IReadOnlyList<string> Finish(Func<ExportSplit, IEnumerable<string>> records)
    {
        const string Table = "labels.csv";
        Folder.Put(Table, stream =>
        {
            using var text = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
            text.WriteLine("name,id,trainId,hasInstances,ignoreInEval,color");
            for (int id = 0; id < Request.Schema.Classes.Count; id++)
                text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Csv.Cell(Request.Schema.Classes[id].Name)},{id},{id},{(id == 0 ? 0 : 1)},0,{Request.Schema.Classes[id].Color}"));
            text.WriteLine("unlabeled,255,255,0,1,#e0e0e0");
        });
        return [Table];
    }

    private byte[] Colours(byte[] mask)
    {
        var rgb = new byte[3 * mask.Length];
        for (int i = 0; i < mask.Length; i++) _palette.AsSpan(3 * mask[i], 3).CopyTo(rgb.AsSpan(3 * i));
        return rgb;
    }

    /// <summary>class * 1000 + number; the class alone for the background, for what is too small, and beyond a thousand of a class.</summary>
    private ushort[] InstanceIds(byte[] mask)
    {
        var map = SegmentMap.Of(mask, Request.Width, Request.Height, Options.Instances, Options.MinArea);
        var numbers = new ushort[map.Segments.Count + 1];
        var next = new int[Request.Schema.Classes.Count];
        for (int n = 1; n < numbers.Length; n++)
        {
            int id = map.Segments[n - 1].Class;
            numbers[n] = (ushort)(id == 0 || next[id] == PerClass ? id : id * PerClass + next[id]++);
        }

        return [.. map.Labels.Select((n, i) => n == 0 ? mask[i] : numbers[n])];
    }
}
