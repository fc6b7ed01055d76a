using System.Text.Json;
using HandsOff.Core.Imaging;

namespace HandsOff.Core.Labeling;

/// <summary>
/// A data set of labelled photographs: <c>images/&lt;id&gt;.png|jpg</c>, <c>masks/&lt;id&gt;.png</c> (class ids),
/// <c>depth/&lt;id&gt;.png</c> (16 bits, 0 invalid), <c>keypoints.csv</c> and <c>schema.json</c>. What the schema declares, every
/// image must have. Opening checks names and tables; pixels are checked when an item is loaded.
/// </summary>
public sealed class LabeledFolder
{
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".webp"];

    private LabeledFolder(string path, LabelSchema schema, IReadOnlyList<LabeledItem> items)
    {
        FolderPath = path;
        Schema = schema;
        Items = items;
    }

    public string FolderPath { get; }

    public LabelSchema Schema { get; }

    /// <summary>The photographs in ordinal order of their ids.</summary>
    public IReadOnlyList<LabeledItem> Items { get; }

    /// <summary>Opens a folder that holds at least <paramref name="minimum"/> photographs.</summary>
    /// <exception cref="HandsOffException">Folder, schema or a label missing or malformed, or too few photographs: one line that says which.</exception>
    public static LabeledFolder Open(string path, int minimum = 1)
    {
        if (!Directory.Exists(path)) throw new HandsOffException($"{path}: no such folder; a labelled data set has images/, schema.json and labels");
        var schema = ReadSchema(Path.Combine(path, "schema.json"));
        string images = Path.Combine(path, "images");
        if (!Directory.Exists(images)) throw new HandsOffException($"{images}: no such folder; the photographs should lie there");

        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(images))
        {
            if (!Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)) continue;
            string id = Path.GetFileNameWithoutExtension(file);
            if (!files.TryAdd(id, file)) throw new HandsOffException($"{images}: two images are called {id}; ids must differ without their extension");
        }

        if (files.Count < minimum) throw new HandsOffException($"{images}: {files.Count} images; at least {minimum} are needed");

        string table = Path.Combine(path, "keypoints.csv");
        var keypoints = schema.Kinds.HasFlag(LabelKinds.Keypoints) ? KeypointTable.Read(table, schema.Keypoints) : null;
        var items = new List<LabeledItem>(files.Count);
        foreach (var (id, file) in files)
        {
            string? mask = schema.Kinds.HasFlag(LabelKinds.Segmentation) ? Label(path, "masks", id) : null;
            string? depth = schema.Kinds.HasFlag(LabelKinds.Depth) ? Label(path, "depth", id) : null;
            float[]? points = null;
            if (keypoints is not null && !keypoints.TryGetValue(id, out points)) throw new HandsOffException($"{table}: no line for image {id}");
            items.Add(new LabeledItem(schema, id, file, mask, depth, points));
        }

        return new LabeledFolder(path, schema, items);
    }

    /// <summary>Reads and checks a <c>schema.json</c>.</summary>
    /// <exception cref="HandsOffException">Missing, not JSON, or contradicting itself.</exception>
    public static LabelSchema ReadSchema(string path)
    {
        if (!File.Exists(path)) throw new HandsOffException($"{path}: missing; it should name the classes, keypoints and depth unit");
        LabelSchema schema;
        try
        {
            schema = JsonSerializer.Deserialize<LabelSchema>(File.ReadAllText(path), LabelJson.Compact) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw new HandsOffException($"{path}: not a label schema: {e.Message}", HandsOffException.Failed, e);
        }

        // JSON can say null where the types do not.
        if (schema.Classes is null || schema.Keypoints is null || schema.Skeleton is null || schema.KeypointFlip is null || schema.Skeleton.Any(b => b is null))
            throw new HandsOffException($"{path}: classes, keypoints, skeleton and keypointFlip should be lists; leave out what there is none of");
        CheckNames(path, "class", schema.Classes.Select(c => c?.Name));
        CheckNames(path, "keypoint", schema.Keypoints);
        if (schema.Classes.FirstOrDefault(c => !MaskPalette.IsColour(c.Color)) is { } odd) throw new HandsOffException($"{path}: class {odd.Name}: colour '{odd.Color}' should be #rrggbb");
        if (schema.Depth is { } depth && (string.IsNullOrEmpty(depth.Unit) || !(depth.Min < depth.Max)))
            throw new HandsOffException($"{path}: depth should have a unit and a min below its max; it has unit '{depth.Unit}', min {depth.Min}, max {depth.Max}");
        int points = schema.Keypoints.Count;
        if (schema.Kinds == LabelKinds.None) throw new HandsOffException($"{path}: declares no classes, keypoints or depth");
        if (schema.Classes.Count > 255) throw new HandsOffException($"{path}: {schema.Classes.Count} classes; at most 255");
        if (schema.Skeleton.Any(bone => bone.Length != 2 || bone.Any(k => k < 0 || k >= points)))
            throw new HandsOffException($"{path}: skeleton should be pairs of keypoint indices 0 to {points - 1}");
        if (schema.KeypointFlip.Count > 0 && !schema.KeypointFlip.Order().SequenceEqual(Enumerable.Range(0, points)))
            throw new HandsOffException($"{path}: keypointFlip should name each of the {points} keypoints once");
        if (schema.Depth is { Scale: not > 0 }) throw new HandsOffException($"{path}: depth scale should be above 0");
        return schema;
    }

    private static void CheckNames(string path, string what, IEnumerable<string?> names)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string? name in names)
        {
            if (string.IsNullOrWhiteSpace(name)) throw new HandsOffException($"{path}: a {what} without a name");
            if (!seen.Add(name)) throw new HandsOffException($"{path}: two {what} entries are called '{name}'; names must differ");
        }
    }

    private static string Label(string folder, string kind, string id)
    {
        string path = Path.Combine(folder, kind, id + ".png");
        return File.Exists(path) ? path : throw new HandsOffException($"{path}: missing; image {id} has no label here");
    }
}
