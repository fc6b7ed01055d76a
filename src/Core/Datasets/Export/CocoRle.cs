using System.Text;

namespace HandsOff.Core.Datasets.Export;

/// <summary>
/// COCO's compressed run lengths: the mask column by column, lengths of alternating runs beginning with zeros; each length (from the fourth on, its
/// difference to the one two before) as little-endian groups of five bits, a sixth bit for "more follows", plus 48.
/// </summary>
internal static class CocoRle
{
    /// <summary>The segment of this number as a string.</summary>
    public static string Encode(SegmentMap map, int number)
    {
        var segment = map.Segments[number - 1];
        var (labels, width, height) = (map.Labels, map.Width, map.Height);
        var runs = new List<int>();
        int run = segment.X * height;
        bool inside = false;
        for (int x = segment.X; x < segment.X + segment.Width; x++)
            for (int y = 0; y < height; y++)
            {
                if (labels[y * width + x] == number != inside)
                {
                    runs.Add(run);
                    (run, inside) = (0, !inside);
                }

                run++;
            }

        int after = (width - segment.X - segment.Width) * height;
        if (inside && after > 0)
        {
            runs.Add(run);
            run = 0;
        }

        runs.Add(run + after);
        return Text(runs);
    }

    private static string Text(List<int> runs)
    {
        var text = new StringBuilder();
        for (int i = 0; i < runs.Count; i++)
        {
            int value = i > 2 ? runs[i] - runs[i - 2] : runs[i];
            bool more;
            do
            {
                int group = value & 0x1f;
                value >>= 5;
                more = (group & 0x10) != 0 ? value != -1 : value != 0;
                text.Append((char)((more ? group | 0x20 : group) + 48));
            }
            while (more);
        }

        return text.ToString();
    }
}
