using System.Text.Json;

namespace HandsOff.Core.Datasets.Export;

/// <summary>One of COCO's annotation files, put together from the samples' records; memory does not grow with their number.</summary>
internal sealed class CocoFile(DatasetRequest request, Utf8JsonWriter json)
{
    // Bytes that may wait in the writer before they go to the file.
    private const int FlushAt = 1 << 20;

    private long _id;

    /// <summary>Writes the file: images, categories and the records' annotations of a kind, with ids from 1 on.</summary>
    public void Write(string kind, Action<Utf8JsonWriter> categories, Func<IEnumerable<string>> records)
    {
        json.WriteStartObject();
        json.WriteStartObject("info");
        json.WriteString("description", $"synthetic images and labels made by HandsOff with the pair {request.Pair.Name} ({request.Pair.Digest})");
        json.WriteString("version", "1.0");
        json.WriteEndObject();
        json.WriteStartArray("licenses");
        json.WriteStartObject();
        json.WriteNumber("id", 1);
        json.WriteString("name", request.Pair.License);
        json.WriteString("url", "");
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteStartArray("categories");
        categories(json);
        json.WriteEndArray();
        json.WriteStartArray("images");
        foreach (string line in records()) Each(line, "image", image => image.WriteTo(json));
        json.WriteEndArray();
        json.WriteStartArray("annotations");
        foreach (string line in records()) Each(line, kind, WriteAnnotations);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void Each(string line, string property, Action<JsonElement> write)
    {
        using var record = JsonDocument.Parse(line);
        write(record.RootElement.GetProperty(property));
        if (json.BytesPending > FlushAt) json.Flush();
    }

    private void WriteAnnotations(JsonElement found)
    {
        if (found.ValueKind == JsonValueKind.Array)
        {
            foreach (var one in found.EnumerateArray()) WriteAnnotations(one);
            return;
        }

        json.WriteStartObject();
        // Panoptic annotations are known by their image.
        if (!found.TryGetProperty("segments_info", out _)) json.WriteNumber("id", ++_id);
        foreach (var property in found.EnumerateObject()) property.WriteTo(json);
        json.WriteEndObject();
    }
}
