using System.Globalization;
using System.Text;

namespace HandsOff.Core.Labeling;

/// <summary>Reads and writes keypoints.csv: <c>id,&lt;name&gt;_x,&lt;name&gt;_y,&lt;name&gt;_v,...</c>, pixels with centres at integers.</summary>
internal static class KeypointTable
{
    /// <summary>x, y, v a keypoint, by image id.</summary>
    public static Dictionary<string, float[]> Read(string path, IReadOnlyList<string> names)
    {
        if (!File.Exists(path)) throw new HandsOffException($"{path}: missing; the schema declares {names.Count} keypoints");
        string[] lines = File.ReadAllLines(path);
        string header = Header(names);
        if (lines.Length == 0 || lines[0].Trim() != header) throw new HandsOffException($"{path}: line 1 should be '{header}', in the schema's order");
        var table = new Dictionary<string, float[]>(StringComparer.Ordinal);
        for (int n = 1; n < lines.Length; n++)
        {
            if (string.IsNullOrWhiteSpace(lines[n])) continue;
            string[] cells = lines[n].Split(',');
            if (cells.Length != 1 + 3 * names.Count) throw new HandsOffException($"{path}: line {n + 1} has {cells.Length} values; it should have {1 + 3 * names.Count}");
            var values = new float[3 * names.Count];
            for (int i = 0; i < values.Length; i++)
            {
                if (!float.TryParse(cells[i + 1], NumberStyles.Float, CultureInfo.InvariantCulture, out values[i]) || !float.IsFinite(values[i]))
                    throw new HandsOffException($"{path}: line {n + 1}: '{cells[i + 1]}' is not a number");
                if (i % 3 == 2 && values[i] is not (0 or 1 or 2))
                    throw new HandsOffException($"{path}: line {n + 1}: visibility '{cells[i + 1]}' of {names[i / 3]} should be 0, 1 or 2");
            }

            if (!table.TryAdd(cells[0], values)) throw new HandsOffException($"{path}: line {n + 1}: a second line for image {cells[0]}");
        }

        return table;
    }

    /// <summary>The whole file, lines in ordinal order of the ids.</summary>
    public static string Write(IReadOnlyList<string> names, IEnumerable<KeyValuePair<string, float[]>> rows)
    {
        var text = new StringBuilder();
        foreach (string line in Lines(names, rows.OrderBy(row => row.Key, StringComparer.Ordinal))) text.Append(line).Append('\n');
        return text.ToString();
    }

    /// <summary>The file's lines, rows in the order in which they come.</summary>
    public static IEnumerable<string> Lines(IReadOnlyList<string> names, IEnumerable<KeyValuePair<string, float[]>> rows)
    {
        yield return Header(names);
        foreach (var (id, values) in rows)
            yield return string.Concat(values.Select((v, i) => "," + v.ToString(i % 3 == 2 ? "0" : "0.###", CultureInfo.InvariantCulture)).Prepend(id));
    }

    private static string Header(IReadOnlyList<string> names) => "id," + string.Join(',', names.Select(name => $"{name}_x,{name}_y,{name}_v"));
}
