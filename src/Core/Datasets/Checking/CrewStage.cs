namespace HandsOff.Core.Datasets.Checking;

/// <summary>What a crew does with shards.</summary>
public enum CrewStage
{
    /// <summary>Reads them back.</summary>
    ReadBack,

    /// <summary>Makes a share of their samples again, to compare.</summary>
    Regenerate,

    /// <summary>Makes them again.</summary>
    Make,
}
