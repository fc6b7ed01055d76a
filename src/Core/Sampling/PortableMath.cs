namespace HandsOff.Core.Sampling;

/// <summary>
/// Logarithm, sine and cosine from additions and multiplications alone, each of which IEEE 754 fixes to the last bit.
/// The platform's libm is as exact but picks its variant by processor; over 10^9 draws some would round differently.
/// </summary>
internal static class PortableMath
{
    private const double Ln2 = 0.69314718055994530942;
    private const double Scale = 1.0 / 4294967296.0;

    /// <summary>ln((word + 1/2) / 2^32): the logarithm of a uniform in (0, 1), never of 0.</summary>
    public static double LogUniform(uint word)
    {
        double u = (word + 0.5) * Scale;
        long bits = BitConverter.DoubleToInt64Bits(u);
        int exponent = (int)(bits >> 52) - 1022;
        double m = BitConverter.Int64BitsToDouble((bits & 0x000F_FFFF_FFFF_FFFF) | 0x3FE0_0000_0000_0000);
        if (m < 0.70710678118654752440) { m *= 2; exponent--; }

        // ln m = 2 artanh((m - 1) / (m + 1)); |s| < 0.1716, the first term left out is below 1e-18.
        double s = (m - 1) / (m + 1), q = s * s, sum = 0;
        for (int k = 21; k >= 1; k -= 2) sum = sum * q + 1.0 / k;
        return exponent * Ln2 + 2 * s * sum;
    }

    /// <summary>Sine and cosine of (word / 2^32) turns.</summary>
    public static (double Sin, double Cos) SinCosTurn(uint word)
    {
        // Nearest quarter turn and the rest, exactly: the rest is within an eighth of a turn.
        uint quarter = (word + 0x2000_0000u) >> 30;
        double x = (int)(word - (quarter << 30)) * Scale * 6.28318530717958647693;
        double q = x * x;
        double sin = x * (1 + q * (-1.0 / 6 + q * (1.0 / 120 + q * (-1.0 / 5040 + q * (1.0 / 362880 + q * (-1.0 / 39916800
            + q * (1.0 / 6227020800 + q * (-1.0 / 1307674368000))))))));
        double cos = 1 + q * (-0.5 + q * (1.0 / 24 + q * (-1.0 / 720 + q * (1.0 / 40320 + q * (-1.0 / 3628800
            + q * (1.0 / 479001600 + q * (-1.0 / 87178291200 + q * (1.0 / 20922789888000))))))));
        return (quarter & 3) switch
        {
            0 => (sin, cos),
            1 => (cos, -sin),
            2 => (-sin, -cos),
            _ => (-cos, sin),
        };
    }
}
