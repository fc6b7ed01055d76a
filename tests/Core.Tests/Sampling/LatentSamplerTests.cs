using HandsOff.Core.Sampling;

namespace HandsOff.Core.Tests.Sampling;

public sealed class LatentSamplerTests
{
    private static float[] Z(int n, ulong seed, long index, int attempt)
    {
        var z = new float[n];
        LatentSampler.FillZ(z, seed, index, attempt);
        return z;
    }

    private static float[] Noise(int n, ulong seed, long index, int attempt, int layer)
    {
        var map = new float[n];
        LatentSampler.FillNoise(map, seed, index, attempt, layer);
        return map;
    }

    [Fact]
    public void Numbers_follow_the_documented_counter_and_Box_Muller()
    {
        var (x0, x1, x2, x3) = Philox.Block(1, 3, 0x89abcdef, 0x01234567, 0xddccbbaa, 0x11ffee);
        float[] z = Z(8, 0x0011ffee_ddccbbaa, 0x01234567_89abcdef, 3);
        static double R(uint x) => Math.Sqrt(-2 * Math.Log((x + 0.5) / 4294967296.0));
        static double A(uint x) => 2 * Math.PI * x / 4294967296.0;
        Assert.Equal(R(x0) * Math.Cos(A(x1)), z[4], 1e-6);
        Assert.Equal(R(x0) * Math.Sin(A(x1)), z[5], 1e-6);
        Assert.Equal(R(x2) * Math.Cos(A(x3)), z[6], 1e-6);
        Assert.Equal(R(x2) * Math.Sin(A(x3)), z[7], 1e-6);
    }

    [Fact]
    public void Bits_are_these_for_ever()
    {
        Assert.Equal(Golden, Z(4, 1, 0, 0).Select(BitConverter.SingleToUInt32Bits));
    }

    private static readonly uint[] Golden = [1052951523, 3197612476, 3196008204, 3212869053];

    [Fact]
    public void Seed_index_attempt_and_stream_all_matter_up_to_the_ends_of_their_ranges()
    {
        float[][] draws =
        [
            Z(16, 0, 0, 0), Z(16, 1, 0, 0), Z(16, ulong.MaxValue, 0, 0), Z(16, 1UL << 32, 0, 0), Z(16, 0, 1, 0), Z(16, 0, 1L << 32, 0),
            Z(16, 0, long.MaxValue, 0), Z(16, 0, 0, 1), Z(16, 0, 0, int.MaxValue), Noise(16, 0, 0, 0, 0), Noise(16, 0, 0, 0, 1), Noise(16, 0, 0, 0, 127),
        ];
        Assert.Equal(draws.Length * 16, draws.SelectMany(d => d).Distinct().Count());
        Assert.Equal(Z(16, 7, 9, 2)[..5], Z(5, 7, 9, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Z(4, 0, -1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Noise(4, 0, 0, 0, 128));
    }

    [Fact]
    public void Numbers_are_standard_normal()
    {
        double[] z = [.. Z(200_000, 42, 5, 0).Select(v => (double)v)];
        double mean = z.Average(), variance = z.Average(v => v * v) - mean * mean, kurtosis = z.Average(v => v * v * v * v) / (variance * variance);
        Assert.Equal(0, mean, 0.01);
        Assert.Equal(1, variance, 0.02);
        Assert.Equal(3, kurtosis, 0.06);
        Assert.Equal(0.6827, z.Count(v => Math.Abs(v) < 1) / (double)z.Length, 0.005);
    }
}
