namespace HandsOff.Core.Catalog;

/// <summary>What a cluster must know of an unfinished dataset to find it again after all its silos have gone.</summary>
/// <param name="Name">The dataset; its folder under the cluster's root.</param>
/// <param name="Weight">Its part of the nodes' time beside others; above 0.</param>
/// <param name="Priority">Higher ones are served first.</param>
/// <param name="Paused">No shard of it is leased until it is resumed.</param>
public sealed record CatalogEntry(string Name, double Weight = 1, int Priority = 0, bool Paused = false)
{
    /// <summary>The greatest weight.</summary>
    public const double MostWeight = 1_000_000;

    /// <summary>Returns the entry, or throws for a field that is out of range.</summary>
    /// <exception cref="HandsOffException">Exit code 2.</exception>
    public CatalogEntry Validate()
    {
        DatasetName.Check(Name);
        if (Weight is not (> 0 and <= MostWeight)) throw HandsOffException.Usage($"weight {Weight}: should be over 0 and at most {MostWeight}");
        return this;
    }
}
