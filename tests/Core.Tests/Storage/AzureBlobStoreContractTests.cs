using HandsOff.Core.Storage;

namespace HandsOff.Core.Tests.Storage;

/// <summary>The contract on a real Azurite, each test in a container of its own.</summary>
public sealed class AzureBlobStoreContractTests(AzuriteFixture azurite) : BlobStoreContract, IClassFixture<AzuriteFixture>
{
    private readonly string _container = $"c{Guid.NewGuid():n}";

    protected override async Task<IBlobStore> StoreAsync() => await azurite.StoreAsync(_container);
}
