namespace HandsOff.Core.Sampling;

/// <summary>
/// The normal numbers of a sample. Philox key = seed (low, high word); counter = (block, attempt, index low, index high);
/// each block's four words give four normals by Box-Muller in double, rounded to float. Latents take blocks 0, 1, 2...;
/// seeded noise takes blocks with the top bit set (bits 24 to 30 the layer, bits 0 to 23 the group of four pixels), so
/// the streams never meet.
/// </summary>
public static class LatentSampler
{
    private const uint NoiseStream = 0x8000_0000;
    private const int MaxNoiseLayers = 128, MaxNoisePixels = 4 << 24;

    /// <summary>
    /// Fills z with the sample's standard normals. Seed is any 64-bit number (0 too), index 0 or more, attempt 0 or more.
    /// A longer z begins with the shorter one's numbers.
    /// </summary>
    public static void FillZ(Span<float> z, ulong seed, long index, int attempt) => Fill(z, seed, index, attempt, 0);

    /// <summary>Fills the noise map (row-major) of one synthesis layer, 0 to 127, at most 2^26 pixels.</summary>
    public static void FillNoise(Span<float> noise, ulong seed, long index, int attempt, int layer)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(layer);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(layer, MaxNoiseLayers);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(noise.Length, MaxNoisePixels);
        Fill(noise, seed, index, attempt, NoiseStream | (uint)layer << 24);
    }

    private static void Fill(Span<float> target, ulong seed, long index, int attempt, uint block)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfNegative(attempt);
        uint k0 = (uint)seed, k1 = (uint)(seed >> 32), low = (uint)index, high = (uint)(index >> 32);
        Span<float> four = stackalloc float[4];
        for (int i = 0; i < target.Length; i += 4, block++)
        {
            var (x0, x1, x2, x3) = Philox.Block(block, (uint)attempt, low, high, k0, k1);
            (four[0], four[1]) = BoxMuller(x0, x1);
            (four[2], four[3]) = BoxMuller(x2, x3);
            four[..Math.Min(4, target.Length - i)].CopyTo(target[i..]);
        }
    }

    /// <summary>Two normals of two words (Box and Muller, 1958).</summary>
    private static (float, float) BoxMuller(uint radius, uint angle)
    {
        double r = Math.Sqrt(-2 * PortableMath.LogUniform(radius));
        var (sin, cos) = PortableMath.SinCosTurn(angle);
        return ((float)(r * cos), (float)(r * sin));
    }
}
