namespace HandsOff.Silo.Api;

/// <summary>What can be asked for of a sample.</summary>
public enum SamplePart
{
    /// <summary>The picture.</summary>
    Image,

    /// <summary>Class ids as a palette PNG.</summary>
    Segmentation,

    /// <summary>Depth as a 16-bit PNG.</summary>
    Depth,

    /// <summary>Everything else.</summary>
    Json,
}
