using HandsOff.Core.Imaging;

namespace HandsOff.Core.Datasets.Export;

/// <summary>
/// A mask cut into segments: the background (class 0) as one, every other class by components (8-connected) or whole. Segments
/// are in the order of their classes, then of their first pixels. Pixels to ignore, and those of segments that are too small, have none.
/// </summary>
internal sealed class SegmentMap
{
    private SegmentMap(int width, int height, int[] labels, IReadOnlyList<Segment> segments) =>
        (Width, Height, Labels, Segments) = (width, height, labels, segments);

    public int Width { get; }

    public int Height { get; }

    /// <summary>Height*width: the segment's number from 1 on; 0 for none.</summary>
    public int[] Labels { get; }

    /// <summary>Segment n has number n + 1.</summary>
    public IReadOnlyList<Segment> Segments { get; }

    public static SegmentMap Of(ReadOnlySpan<byte> mask, int width, int height, InstanceRule rule, int minArea)
    {
        var labels = new int[mask.Length];
        var raw = new List<Segment>();
        var whole = new Dictionary<int, int>();
        var stack = new Stack<int>();
        for (int start = 0; start < mask.Length; start++)
        {
            int id = mask[start];
            if (id == MaskPalette.Ignore || labels[start] != 0) continue;
            bool byClass = id == 0 || rule == InstanceRule.Classes;
            if (!byClass || !whole.TryGetValue(id, out int number))
            {
                raw.Add(new Segment(id, 0, 0, 0, 0, 0));
                number = raw.Count;
                if (byClass) whole[id] = number;
            }

            if (byClass) labels[start] = number;
            else Flood(mask, width, height, start, number, labels, stack);
        }

        return Measured(labels, raw, width, height, minArea);
    }

    /// <summary>One segment of all pixels that are neither background nor to be ignored; null when there are none.</summary>
    public static SegmentMap? Foreground(ReadOnlySpan<byte> mask, int width, int height)
    {
        var labels = new int[mask.Length];
        for (int i = 0; i < mask.Length; i++) labels[i] = mask[i] is 0 or MaskPalette.Ignore ? 0 : 1;
        var map = Measured(labels, [new Segment(1, 0, 0, 0, 0, 0)], width, height, 1);
        return map.Segments.Count == 0 ? null : map;
    }

    private static void Flood(ReadOnlySpan<byte> mask, int width, int height, int start, int number, int[] labels, Stack<int> stack)
    {
        labels[start] = number;
        stack.Push(start);
        while (stack.TryPop(out int at))
        {
            int x = at % width, y = at / width;
            for (int ny = Math.Max(0, y - 1); ny <= Math.Min(height - 1, y + 1); ny++)
                for (int nx = Math.Max(0, x - 1); nx <= Math.Min(width - 1, x + 1); nx++)
                {
                    int next = ny * width + nx;
                    if (labels[next] != 0 || mask[next] != mask[start]) continue;
                    labels[next] = number;
                    stack.Push(next);
                }
        }
    }

    /// <summary>Areas and boxes; drops what is too small and numbers the rest by class.</summary>
    private static SegmentMap Measured(int[] labels, List<Segment> raw, int width, int height, int minArea)
    {
        var (area, left, top, right, bottom) = (new int[raw.Count], new int[raw.Count], new int[raw.Count], new int[raw.Count], new int[raw.Count]);
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] == 0) continue;
            int s = labels[i] - 1, x = i % width, y = i / width;
            if (area[s]++ == 0) (left[s], right[s], top[s]) = (x, x, y);
            (left[s], right[s], bottom[s]) = (Math.Min(left[s], x), Math.Max(right[s], x), y);
        }

        int[] kept = [.. Enumerable.Range(0, raw.Count).Where(s => area[s] >= (raw[s].Class == 0 ? 1 : minArea)).OrderBy(s => raw[s].Class)]; // stable: first pixels stay in order
        var renumbered = new int[raw.Count + 1];
        for (int n = 0; n < kept.Length; n++) renumbered[kept[n] + 1] = n + 1;
        for (int i = 0; i < labels.Length; i++) labels[i] = renumbered[labels[i]];
        return new SegmentMap(width, height, labels, [.. kept.Select(s => new Segment(raw[s].Class, area[s], left[s], top[s], right[s] - left[s] + 1, bottom[s] - top[s] + 1))]);
    }
}
