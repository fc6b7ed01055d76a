namespace HandsOff.Core.Scenes;

/// <summary>
/// A stream of numbers that is a pure function of (seed, index): SplitMix64 (Steele, Lea and Flood 2014), started at a
/// hash of both. Scenes keep their own small generator so that their pictures never change with the sampler of datasets.
/// </summary>
internal struct SceneRandom
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private ulong _state;

    public SceneRandom(ulong seed, long index) => _state = Mix(Mix(seed + Golden) ^ unchecked((ulong)index * 0xD1342543DE82EF95));

    /// <summary>Uniform in [0, 1), 24 bits.</summary>
    public float Unit() => (Next() >> 40) * (1f / (1 << 24));

    /// <summary>Uniform in [low, high).</summary>
    public float Range(float low, float high) => low + (high - low) * Unit();

    /// <summary>Bell-shaped in (-1, 1) (mean of three uniforms), standard deviation 1/3: most scenes are near the middle, none is far out.</summary>
    public float Bell() => (Unit() + Unit() + Unit()) * (2f / 3f) - 1f;

    /// <summary>True with the probability given.</summary>
    public bool Chance(float probability) => Unit() < probability;

    /// <summary>One of the items, all equally likely.</summary>
    public T Pick<T>(ReadOnlySpan<T> items) => items[(int)(Unit() * items.Length)];

    /// <summary>An index drawn in proportion to its weight.</summary>
    public int Weighted(ReadOnlySpan<float> weights)
    {
        float total = 0;
        foreach (float weight in weights) total += weight;
        float at = Unit() * total;
        for (int i = 0; i < weights.Length - 1; i++)
        {
            at -= weights[i];
            if (at < 0) return i;
        }

        return weights.Length - 1;
    }

    private ulong Next()
    {
        _state += Golden;
        return Mix(_state);
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
