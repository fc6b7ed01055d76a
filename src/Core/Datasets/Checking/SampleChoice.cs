using HandsOff.Core.Sampling;

namespace HandsOff.Core.Datasets.Checking;

/// <summary>Which samples are made again: a choice by Philox, the same for the same seed wherever it is made.</summary>
/// <param name="Share">0 to 1.</param>
/// <param name="Seed">Chooses.</param>
/// <param name="Always">The index that is chosen in any case.</param>
public readonly record struct SampleChoice(double Share, ulong Seed, long Always)
{
    public bool Has(long index) =>
        index == Always || (Philox.Block(0, 0, (uint)index, (uint)(index >> 32), (uint)Seed, (uint)(Seed >> 32)).X0 + 0.5) / 4294967296.0 < Share;

    /// <summary>Some sample of the shard is chosen.</summary>
    public bool HasAny(ManifestShard shard)
    {
        for (int i = 0; i < shard.Count; i++)
        {
            if (Has(shard.First + i)) return true;
        }

        return false;
    }
}
