using System.Buffers;

namespace HandsOff.Core.Datasets.Encoding;

/// <summary>A sample ready for its shard: the members' bytes one after the other in a pooled buffer, and its row's values.</summary>
internal sealed class EncodedSample
{
    private byte[] _buffer;

    public EncodedSample(byte[] pooled, int[] ends)
    {
        _buffer = pooled;
        Ends = ends;
    }

    public required SampleKey Key { get; init; }

    public required bool Flagged { get; init; }

    public required float Uncertainty { get; init; }

    /// <summary>SHA-256 of the image's pixels, then of the labels: 64 bytes.</summary>
    public required byte[] Digests { get; init; }

    /// <summary>Pixels of each class; empty without segmentation.</summary>
    public required int[] ClassPixels { get; init; }

    /// <summary>x, y, v of each keypoint; empty without keypoints.</summary>
    public required float[] Keypoints { get; init; }

    /// <summary>Where each member ends in the buffer.</summary>
    public int[] Ends { get; }

    public ReadOnlyMemory<byte> Member(int i) => _buffer.AsMemory(i == 0 ? 0 : Ends[i - 1], Ends[i] - (i == 0 ? 0 : Ends[i - 1]));

    /// <summary>Gives the buffer back; the members are gone.</summary>
    public void Return()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }
}
