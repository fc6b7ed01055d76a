using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace HandsOff.Core.Datasets.Encoding;

/// <summary>
/// A sample's identity: SHA-256 of its RGB bytes, and of its labels (mask bytes, then depth as little-endian uint16, then
/// keypoints as little-endian float32 x, y, v). Before encoding, so it does not depend on any codec.
/// </summary>
internal sealed class SampleDigests : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Both digests: 64 bytes.</summary>
    public byte[] Of(RawSample sample)
    {
        var digests = new byte[64];
        SHA256.HashData(sample.Rgb, digests);
        if (sample.Mask is not null) _hash.AppendData(sample.Mask);
        if (sample.Depth is not null) _hash.AppendData(MemoryMarshal.AsBytes(sample.Depth.AsSpan()));
        if (sample.Keypoints is not null) _hash.AppendData(MemoryMarshal.AsBytes(sample.Keypoints.AsSpan()));
        _hash.GetHashAndReset(digests.AsSpan(32));
        return digests;
    }

    public static string ImageHex(byte[] digests) => Convert.ToHexStringLower(digests.AsSpan(0, 32));

    public static string LabelsHex(byte[] digests) => Convert.ToHexStringLower(digests.AsSpan(32, 32));

    public void Dispose() => _hash.Dispose();
}
