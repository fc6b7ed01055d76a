using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using HandsOff.Core.Storage;
using HandsOff.Tests.Servers;

namespace HandsOff.Core.Tests.Storage;

/// <summary>One Azurite for the tests of a class, started when the first of them asks.</summary>
public sealed class AzuriteFixture : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Lazy<Task<AzuriteServer>> _server;

    public AzuriteFixture() => _server = new(() => AzuriteServer.StartAsync(_folder.Path));

    public Task<AzuriteServer> ServerAsync() => _server.Value;

    /// <summary>A store under a prefix of a container of that name, made when missing.</summary>
    public async Task<AzureBlobStore> StoreAsync(string container, TransferCheck check = TransferCheck.Md5, HttpPipelinePolicy? policy = null)
    {
        var server = await ServerAsync();
        var options = AzureBlobStore.ClientOptions();
        if (policy is not null) options.AddPolicy(policy, HttpPipelinePosition.PerRetry);
        var client = new BlobContainerClient(server.ConnectionString, container, options);
        return await AzureBlobStore.OpenAsync(client, "some/where", create: true, CancellationToken.None, check);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }) await (await _server.Value).DisposeAsync();
        _folder.Dispose();
    }
}
