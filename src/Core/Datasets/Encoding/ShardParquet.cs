using Parquet;
using Parquet.Schema;

namespace HandsOff.Core.Datasets.Encoding;

/// <summary>
/// A shard's table as Parquet, a row a sample, flat columns: key, index, attempt, flagged, uncertainty, digests,
/// pixels_CLASS, kp_POINT_x|y|v, and EXTENSION_offset and EXTENSION_bytes into the tar (dots become underscores; the
/// image's are called image_offset and image_bytes). Equal rows give equal bytes.
/// </summary>
internal static class ShardParquet
{
    public static async Task<byte[]> WriteAsync(ShardRows rows, CancellationToken cancellationToken)
    {
        var columns = new List<(DataField Field, Func<ParquetRowGroupWriter, DataField, Task> Write)>();
        string[] keys = [.. rows.Index.Take(rows.Count).Select(SampleEncoder.Key)];
        Text("key", keys);
        Number("index", rows.Index);
        Number("attempt", rows.Attempt);
        Number("flagged", rows.Flagged);
        Number("uncertainty", rows.Uncertainty);
        Text("image_sha256", rows.ImageSha256);
        Text("labels_sha256", rows.LabelsSha256);
        var schema = rows.Format.Request.Schema;
        for (int c = 0; c < rows.ClassPixels.Length; c++) Number($"pixels_{schema.Classes[c].Name}", rows.ClassPixels[c]);
        for (int k = 0; k < rows.Keypoints.Length; k++) Number($"kp_{schema.Keypoints[k / 3]}_{"xyv"[k % 3]}", rows.Keypoints[k]);
        for (int m = 0; m < rows.Offsets.Length; m++)
        {
            string member = rows.Format.Members[m];
            string prefix = member == rows.Format.Image ? "image" : member.Replace('.', '_');
            Number($"{prefix}_offset", rows.Offsets[m]);
            Number($"{prefix}_bytes", rows.Bytes[m]);
        }

        using var file = new MemoryStream();
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.Snappy };
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema(columns.Select(c => c.Field)), file, options, cancellationToken: cancellationToken))
        {
            using var group = writer.CreateRowGroup();
            foreach (var (field, write) in columns) await write(group, field);
        }

        return file.ToArray();

        void Text(string name, string[] values) =>
            columns.Add((new DataField(name, typeof(string), isNullable: false), (group, field) => group.WriteAsync(field, values)));

        void Number<T>(string name, T[] values)
            where T : struct =>
            columns.Add((new DataField(name, typeof(T), isNullable: false),
                (group, field) => group.WriteAsync(field, new ReadOnlyMemory<T>(values, 0, rows.Count), cancellationToken: cancellationToken)));
    }
}
