namespace HandsOff.Core.Training;

/// <summary>
/// SplitMix64 (Steele, Lea, Flood 2014): a counter hashed to 64 bits. Training draws its host-side numbers (data order,
/// augmentation) from streams keyed by (seed, purpose, step), so that a resumed run needs no stored generator state.
/// </summary>
internal struct SplitMix(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A 64-bit key of a seed and two indices; different arguments give unrelated keys.</summary>
    public static ulong Key(ulong seed, ulong purpose, ulong index) => Finish(Finish(Finish(seed + 0x9E3779B97F4A7C15) ^ purpose) + index * 0xD1B54A32D192ED03);

    public ulong Next() => Finish(_state += 0x9E3779B97F4A7C15);

    /// <summary>Uniform in [0, 1).</summary>
    public double Uniform() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform integer in [0, n).</summary>
    public int Below(int n) => (int)Math.BigMul(Next(), (ulong)n, out _);

    /// <summary>Standard normal (Box-Muller, one of the pair).</summary>
    public double Normal() => Math.Sqrt(-2 * Math.Log(1 - Uniform())) * Math.Cos(2 * Math.PI * Uniform());

    private static ulong Finish(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
