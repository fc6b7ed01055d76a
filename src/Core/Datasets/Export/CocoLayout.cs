using System.Globalization;
using System.Text.Json;
using HandsOff.Core.Imaging;
using HandsOff.Core.Labeling;

namespace HandsOff.Core.Datasets.Export;

/// <summary>
/// COCO: <c>SPLIT/KEY.png</c>, <c>annotations/instances_SPLIT.json</c>, <c>panoptic_SPLIT.json</c> with <c>panoptic_SPLIT/KEY.png</c>, and
/// <c>keypoints_SPLIT.json</c>. Category ids are class ids, image ids sample indices. The background is stuff (panoptic only), every
/// other class things. Masks are run lengths: exact, where polygons are not.
/// </summary>
internal sealed class CocoLayout : ExportLayout
{
    private readonly bool _masks, _points;

    public CocoLayout(ExportFolder folder, DatasetRequest request, ExportOptions options, IReadOnlyList<ExportSplit> splits)
        : base(folder, request, options, splits) =>
        (_masks, _points) = (request.Labels.HasFlag(LabelKinds.Segmentation), request.Labels.HasFlag(LabelKinds.Keypoints));

    public override void Add(StoredSample sample, Utf8JsonWriter record)
    {
        string split = SplitOf(sample.Index).Name, file = sample.Key + ImageExtension;
        Folder.Write($"{split}/{file}", ImageBytes(sample));
        byte[]? mask = _masks ? sample.Mask() : null;
        record.WriteStartObject();
        record.WriteStartObject("image");
        record.WriteNumber("id", sample.Index);
        record.WriteString("file_name", file);
        record.WriteNumber("width", Request.Width);
        record.WriteNumber("height", Request.Height);
        record.WriteNumber("license", 1);
        record.WriteEndObject();
        if (mask is not null)
        {
            var map = SegmentMap.Of(mask, Request.Width, Request.Height, Options.Instances, Options.MinArea);
            Instances(record, sample, map);
            Panoptic(record, sample, map, split);
        }

        if (_points) Keypoints(record, sample, mask);
        record.WriteEndObject();
    }

    public override IReadOnlyList<string> Finish(Func<ExportSplit, IEnumerable<string>> records)
    {
        var files = new List<string>();
        foreach (var split in Splits)
        {
            if (_masks) Merge("instances", Categories(panoptic: false), split);
            if (_masks) Merge("panoptic", Categories(panoptic: true), split);
            if (_points) Merge("keypoints", KeypointCategory, split);
        }

        return files;

        void Merge(string kind, Action<Utf8JsonWriter> categories, ExportSplit split)
        {
            string name = $"annotations/{kind}_{split.Name}.json";
            PutJson(name, json => new CocoFile(Request, json).Write(kind, categories, () => records(split)));
            files.Add(name);
        }
    }

    private static void Instances(Utf8JsonWriter record, StoredSample sample, SegmentMap map)
    {
        record.WriteStartArray("instances");
        for (int n = 1; n <= map.Segments.Count; n++)
        {
            var segment = map.Segments[n - 1];
            if (segment.Class == 0) continue;
            record.WriteStartObject();
            record.WriteNumber("image_id", sample.Index);
            record.WriteNumber("category_id", segment.Class);
            record.WriteNumber("iscrowd", 0);
            Shape(record, map, n);
            record.WriteEndObject();
        }

        record.WriteEndArray();
    }

    private void Panoptic(Utf8JsonWriter record, StoredSample sample, SegmentMap map, string split)
    {
        var rgb = new byte[3 * map.Labels.Length];
        for (int i = 0; i < map.Labels.Length; i++)
            for (int c = 0; c < 3; c++) rgb[3 * i + c] = (byte)(map.Labels[i] >> (8 * c));
        string file = $"{sample.Key}.png";
        Folder.Write($"annotations/panoptic_{split}/{file}", PngWriter.Rgb(rgb, map.Width, map.Height, System.IO.Compression.CompressionLevel.Fastest));
        record.WriteStartObject("panoptic");
        record.WriteNumber("image_id", sample.Index);
        record.WriteString("file_name", file);
        record.WriteStartArray("segments_info");
        for (int n = 1; n <= map.Segments.Count; n++)
        {
            var segment = map.Segments[n - 1];
            record.WriteStartObject();
            record.WriteNumber("id", n);
            record.WriteNumber("category_id", segment.Class);
            record.WriteNumber("area", segment.Area);
            Box(record, segment.X, segment.Y, segment.Width, segment.Height);
            record.WriteNumber("iscrowd", 0);
            record.WriteEndObject();
        }

        record.WriteEndArray();
        record.WriteEndObject();
    }

    /// <summary>One set of keypoints an image; its shape is the foreground, or the box of the points where there are no masks.</summary>
    private void Keypoints(Utf8JsonWriter record, StoredSample sample, byte[]? mask)
    {
        float[] points = sample.Keypoints()!;
        record.WriteStartObject("keypoints");
        record.WriteNumber("image_id", sample.Index);
        record.WriteNumber("category_id", 1);
        record.WriteNumber("iscrowd", 0);
        int labelled = 0;
        record.WriteStartArray("keypoints");
        for (int i = 0; i < points.Length; i += 3)
        {
            bool there = points[i + 2] > 0;
            if (there) labelled++;
            record.WriteNumberValue(there ? points[i] : 0);
            record.WriteNumberValue(there ? points[i + 1] : 0);
            record.WriteNumberValue((int)points[i + 2]);
        }

        record.WriteEndArray();
        record.WriteNumber("num_keypoints", labelled);
        if (mask is not null && SegmentMap.Foreground(mask, Request.Width, Request.Height) is { } foreground)
        {
            Shape(record, foreground, 1);
        }
        else
        {
            int[] seen = [.. Enumerable.Range(0, points.Length / 3).Where(k => points[3 * k + 2] > 0)];
            float left = seen.Select(k => points[3 * k]).DefaultIfEmpty().Min(), right = seen.Select(k => points[3 * k]).DefaultIfEmpty().Max();
            float top = seen.Select(k => points[3 * k + 1]).DefaultIfEmpty().Min(), bottom = seen.Select(k => points[3 * k + 1]).DefaultIfEmpty().Max();
            record.WriteNumber("area", (right - left) * (bottom - top));
            Box(record, left, top, right - left, bottom - top);
        }

        record.WriteEndObject();
    }

    private static void Shape(Utf8JsonWriter record, SegmentMap map, int number)
    {
        var segment = map.Segments[number - 1];
        record.WriteNumber("area", segment.Area);
        Box(record, segment.X, segment.Y, segment.Width, segment.Height);
        record.WriteStartObject("segmentation");
        record.WriteStartArray("size");
        record.WriteNumberValue(map.Height);
        record.WriteNumberValue(map.Width);
        record.WriteEndArray();
        record.WriteString("counts", CocoRle.Encode(map, number));
        record.WriteEndObject();
    }

    private static void Box(Utf8JsonWriter record, float x, float y, float width, float height)
    {
        record.WriteStartArray("bbox");
        foreach (float value in (ReadOnlySpan<float>)[x, y, width, height]) record.WriteNumberValue(value);
        record.WriteEndArray();
    }

    private Action<Utf8JsonWriter> Categories(bool panoptic) => json =>
    {
        for (int id = panoptic ? 0 : 1; id < Request.Schema.Classes.Count; id++)
        {
            var known = Request.Schema.Classes[id];
            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WriteString("name", known.Name);
            json.WriteString("supercategory", Request.Pair.Name);
            if (panoptic)
            {
                json.WriteNumber("isthing", id == 0 ? 0 : 1);
                var (r, g, b) = MaskPalette.Parse(known.Color);
                json.WriteStartArray("color");
                foreach (byte value in (ReadOnlySpan<byte>)[r, g, b]) json.WriteNumberValue(value);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }
    };

    private void KeypointCategory(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("id", 1);
        json.WriteString("name", Request.Pair.Name);
        json.WriteString("supercategory", Request.Pair.Name);
        json.WriteStartArray("keypoints");
        foreach (string name in Request.Schema.Keypoints) json.WriteStringValue(name);
        json.WriteEndArray();
        json.WriteStartArray("skeleton");
        foreach (int[] bone in Request.Schema.Skeleton)
        {
            json.WriteStartArray();
            foreach (int end in bone) json.WriteNumberValue(end + 1); // COCO counts keypoints from 1
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
