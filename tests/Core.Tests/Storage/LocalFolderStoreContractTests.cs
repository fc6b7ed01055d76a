using HandsOff.Core.Storage;

namespace HandsOff.Core.Tests.Storage;

public sealed class LocalFolderStoreContractTests : BlobStoreContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override Task<IBlobStore> StoreAsync() => Task.FromResult<IBlobStore>(LocalFolderStore.Create(_folder["store"]));
}
