using System.Globalization;
using System.Text.Json;
using HandsOff.Core.Datasets.Encoding;
using HandsOff.Core.Labeling;

namespace HandsOff.Core.Datasets.Export;

/// <summary>
/// An image folder: <c>images/</c>, <c>masks/</c>, <c>depth/</c> as they are in the shards, metadata.jsonl or .csv (file_name, mask_file_name, ...), and
/// schema.json and keypoints.csv, so that it is a <see cref="LabeledFolder"/> too. With two splits each has such a folder of its own.
/// </summary>
internal sealed class FolderLayout(ExportFolder folder, DatasetRequest request, ExportOptions options, IReadOnlyList<ExportSplit> splits)
    : ExportLayout(folder, request, options, splits)
{
    private static readonly string[] s_taken = ["index", "attempt", "flagged", "uncertainty", "image_sha256", "labels_sha256", "keypoints"];

    public override void Add(StoredSample sample, Utf8JsonWriter record)
    {
        string root = Root(SplitOf(sample.Index)), image = $"images/{sample.Key}{ImageExtension}", mask = $"masks/{sample.Key}.png", depth = $"depth/{sample.Key}.png";
        record.WriteStartObject();
        File("file_name", image, ImageBytes(sample));
        if (sample.Members.TryGetValue(SampleFormat.Segmentation, out byte[]? ids)) File("mask_file_name", mask, ids);
        if (sample.Members.TryGetValue(SampleFormat.Depth, out byte[]? values)) File("depth_file_name", depth, values);
        using var info = JsonDocument.Parse(sample.Members[SampleFormat.Json]);
        foreach (var property in info.RootElement.EnumerateObject())
            if (s_taken.Contains(property.Name)) property.WriteTo(record);
        record.WriteEndObject();

        void File(string column, string name, byte[] bytes)
        {
            Folder.Write(root + name, bytes);
            record.WriteString(column, name);
        }
    }

    public override IReadOnlyList<string> Finish(Func<ExportSplit, IEnumerable<string>> records)
    {
        var files = new List<string>();
        foreach (var split in Splits)
        {
            bool csv = Options.Metadata == MetadataFormat.Csv;
            Text($"{Root(split)}metadata.{(csv ? "csv" : "jsonl")}", csv ? Table(records(split)) : records(split));
            if (Request.Labels.HasFlag(LabelKinds.Keypoints))
                Text($"{Root(split)}keypoints.csv", KeypointTable.Lines(Request.Schema.Keypoints, records(split).Select(Points)));
            string schema = $"{Root(split)}schema.json";
            Folder.Put(schema, stream => JsonSerializer.Serialize(stream, Request.Schema, LabelJson.Indented));
            files.Add(schema);
        }

        return files;

        void Text(string name, IEnumerable<string> lines)
        {
            Folder.Put(name, stream =>
            {
                using var text = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
                foreach (string line in lines) text.WriteLine(line);
            });
            files.Add(name);
        }
    }

    private string Root(ExportSplit split) => Splits.Count == 1 ? "" : $"{split.Name}/";

    private static KeyValuePair<string, float[]> Points(string line)
    {
        using var record = JsonDocument.Parse(line);
        string id = Path.GetFileNameWithoutExtension(record.RootElement.GetProperty("file_name").GetString()!);
        return KeyValuePair.Create(id, record.RootElement.GetProperty("keypoints").EnumerateArray().SelectMany(p => p.EnumerateArray()).Select(v => v.GetSingle()).ToArray());
    }

    private IEnumerable<string> Table(IEnumerable<string> records)
    {
        bool header = false;
        foreach (string line in records)
        {
            using var record = JsonDocument.Parse(line);
            var columns = record.RootElement.EnumerateObject().Where(p => p.Name != "keypoints").Select(p => (p.Name, Value: p.Value.ToString())).ToList();
            if (record.RootElement.TryGetProperty("keypoints", out var points))
                columns.AddRange(points.EnumerateArray().SelectMany((p, k) => p.EnumerateArray().Select((v, i) => ($"kp_{Request.Schema.Keypoints[k]}_{"xyv"[i]}", v.GetRawText()))));
            if (!header) yield return string.Join(',', columns.Select(c => Csv.Cell(c.Name)));
            header = true;
            yield return string.Join(',', columns.Select(c => Csv.Cell(c.Value)));
        }
    }
}
