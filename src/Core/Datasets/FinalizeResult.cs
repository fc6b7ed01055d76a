namespace HandsOff.Core.Datasets;

/// <summary>What finalising found: the manifest when everything was there and sound, else what keeps it from being written.</summary>
public sealed record FinalizeResult(DatasetManifest? Manifest, IReadOnlyList<int> Missing, IReadOnlyList<ShardFault> Damaged)
{
    public bool IsFinished => Manifest is not null;
}
