namespace HandsOff.Core.Datasets.Encoding;

/// <summary>A shard's table while it is being written, column by column.</summary>
internal sealed class ShardRows
{
    private readonly byte[] _digests;

    public ShardRows(SampleFormat format, int count)
    {
        Format = format;
        Index = new long[count];
        Attempt = new int[count];
        Flagged = new bool[count];
        Uncertainty = new float[count];
        _digests = new byte[64 * count];
        ClassPixels = Columns<int>(format.Request.Schema.Classes.Count, count);
        Keypoints = Columns<float>(3 * format.Request.Schema.Keypoints.Count, count);
        Offsets = Columns<long>(format.Members.Count, count);
        Bytes = Columns<int>(format.Members.Count, count);
    }

    public SampleFormat Format { get; }

    public int Count { get; private set; }

    public long[] Index { get; }

    public int[] Attempt { get; }

    public bool[] Flagged { get; }

    public float[] Uncertainty { get; }

    /// <summary>Pixels by class, then by row.</summary>
    public int[][] ClassPixels { get; }

    /// <summary>x, y, v of the first keypoint, of the second...; each by row.</summary>
    public float[][] Keypoints { get; }

    /// <summary>Where each member's bytes begin in the tar.</summary>
    public long[][] Offsets { get; }

    public int[][] Bytes { get; }

    /// <summary>Image and labels digests of all rows, 64 bytes each.</summary>
    public ReadOnlySpan<byte> Digests => _digests.AsSpan(0, 64 * Count);

    public string[] ImageSha256 => [.. Enumerable.Range(0, Count).Select(i => Convert.ToHexStringLower(_digests.AsSpan(64 * i, 32)))];

    public string[] LabelsSha256 => [.. Enumerable.Range(0, Count).Select(i => Convert.ToHexStringLower(_digests.AsSpan(64 * i + 32, 32)))];

    /// <summary>Adds a sample whose first member's header stands at <paramref name="position"/> in the tar.</summary>
    public void Add(EncodedSample sample, long position)
    {
        int row = Count++;
        Index[row] = sample.Key.Index;
        Attempt[row] = sample.Key.Attempt;
        Flagged[row] = sample.Flagged;
        Uncertainty[row] = sample.Uncertainty;
        sample.Digests.CopyTo(_digests, 64 * row);
        for (int c = 0; c < ClassPixels.Length; c++) ClassPixels[c][row] = sample.ClassPixels[c];
        for (int k = 0; k < Keypoints.Length; k++) Keypoints[k][row] = sample.Keypoints[k];
        for (int m = 0; m < Offsets.Length; m++)
        {
            int length = sample.Member(m).Length;
            Offsets[m][row] = position + TarFormat.Block;
            Bytes[m][row] = length;
            position += TarFormat.Block + length + TarFormat.Padding(length);
        }
    }

    private static T[][] Columns<T>(int columns, int rows) => [.. Enumerable.Range(0, columns).Select(_ => new T[rows])];
}
