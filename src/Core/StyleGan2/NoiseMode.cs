namespace HandsOff.Core.StyleGan2;

/// <summary>Where a synthesis layer's noise map comes from.</summary>
public enum NoiseMode
{
    /// <summary>The checkpoint's constant maps (the default; what inversion and labeling assume).</summary>
    Const,

    /// <summary>Maps given by the caller, drawn from the sample's seed.</summary>
    Seeded,

    /// <summary>No noise.</summary>
    None,
}
