using HandsOff.Core.Catalog;
using HandsOff.Core.Storage;

namespace HandsOff.Silo.Api;

/// <summary>The cluster's store as the HTTP side sees it.</summary>
/// <param name="Uri">Folder, or <c>az:CONTAINER[/PREFIX]</c>; a dataset lies at <c>Uri/NAME</c>.</param>
/// <param name="Root">The store.</param>
/// <param name="Catalog">Its datasets.</param>
/// <param name="Pairs">Its pairs.</param>
public sealed record ClusterStore(string Uri, IBlobStore Root, DatasetCatalog Catalog, PairLibrary Pairs)
{
    /// <summary>The coordinator's key of a dataset.</summary>
    /// <exception cref="Core.HandsOffException">Not a dataset's name.</exception>
    public string Dataset(string name) => BlobStores.Combine(Uri, DatasetName.Check(name));
}
