using System.Text.Encodings.Web;
using System.Text.Json;

namespace HandsOff.Core.Datasets.Export;

/// <summary>Where an export's files lie and what is in them. <see cref="Add"/> may be called from several threads.</summary>
internal abstract class ExportLayout(ExportFolder folder, DatasetRequest request, ExportOptions options, IReadOnlyList<ExportSplit> splits)
{
    /// <summary>For all JSON of exports: names as they are, no needless escapes.</summary>
    protected static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    protected ExportFolder Folder => folder;

    protected DatasetRequest Request => request;

    protected ExportOptions Options => options;

    protected IReadOnlyList<ExportSplit> Splits => splits;

    /// <summary>Writes a sample's files, and into <paramref name="record"/> one JSON object for <see cref="Finish"/>.</summary>
    public abstract void Add(StoredSample sample, Utf8JsonWriter record);

    /// <summary>Writes what concerns all samples. The records come in the order of the samples, and can be gone through again.</summary>
    /// <returns>The files written, relative to the folder.</returns>
    public abstract IReadOnlyList<string> Finish(Func<ExportSplit, IEnumerable<string>> records);

    protected ExportSplit SplitOf(long index) => splits.First(s => s.Holds(index));

    /// <summary>A file of records: its writer gets a JSON writer.</summary>
    protected void PutJson(string name, Action<Utf8JsonWriter> write) => folder.Put(name, stream =>
    {
        using var json = new Utf8JsonWriter(stream, Json);
        write(json);
        json.Flush();
        stream.WriteByte((byte)'\n');
    });

    /// <summary>The image's extension with its dot.</summary>
    protected string ImageExtension => request.ImageFormat switch { ImageFormat.Png => ".png", ImageFormat.Jpg => ".jpg", _ => ".webp" };

    protected byte[] ImageBytes(StoredSample sample) => sample.Members[ImageExtension[1..]];
}
