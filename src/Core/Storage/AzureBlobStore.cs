using System.Runtime.CompilerServices;
using Azure;
using Azure.Core;
using Azure.Identity;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace HandsOff.Core.Storage;

/// <summary>
/// A store in an Azure Blob container, under a prefix. Every write carries a fresh attempt id in the blob's metadata: when an answer
/// was lost and the client's own retry (or nobody) was told that the blob exists, reading the id back settles who wrote it.
/// </summary>
public sealed class AzureBlobStore : IBlobStore
{
    private readonly BlobContainerClient _container;
    private readonly string _prefix;

    private AzureBlobStore(BlobContainerClient container, string prefix)
    {
        _container = container;
        _prefix = prefix.Length == 0 ? "" : prefix + "/";
    }

    public string Description => $"az:{_container.Name}/{_prefix}".TrimEnd('/');

    /// <summary>Opens the container (making it when asked to); fails with one line when it cannot be reached.</summary>
    public static async Task<AzureBlobStore> OpenAsync(BlobContainerClient container, string prefix, bool create, CancellationToken cancellationToken)
    {
        var store = new AzureBlobStore(container, prefix);
        try
        {
            if (await container.ExistsAsync(cancellationToken).ConfigureAwait(false)) return store;
            if (!create) throw new HandsOffException($"{store.Description}: there is no container '{container.Name}'");
            await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            return store;
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException or AuthenticationFailedException)
        {
            throw store.Failure(e, "the container");
        }
    }

    /// <summary>Retries for about a minute, so that a restarting service is waited for.</summary>
    internal static BlobClientOptions ClientOptions()
    {
        var options = new BlobClientOptions();
        options.Retry.Mode = RetryMode.Exponential;
        options.Retry.MaxRetries = 6;
        options.Retry.Delay = TimeSpan.FromMilliseconds(400);
        options.Retry.MaxDelay = TimeSpan.FromSeconds(20);
        options.Retry.NetworkTimeout = TimeSpan.FromSeconds(60);
        return options;
    }

    public async Task<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await Blob(name).DownloadContentAsync(cancellationToken).ConfigureAwait(false);
            return new BlobContent(answer.Value.Content.ToArray(), answer.Value.Details.ETag.ToString());
        }
        catch (RequestFailedException e) when (IsMissing(e))
        {
            return null;
        }
        catch (RequestFailedException e)
        {
            throw Failure(e, name);
        }
    }

    public async Task<Stream?> OpenReadAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await Blob(name).OpenReadAsync(new BlobOpenReadOptions(allowModifications: false) { BufferSize = 4 << 20 }, cancellationToken).ConfigureAwait(false);
        }
        catch (RequestFailedException e) when (IsMissing(e))
        {
            return null;
        }
        catch (RequestFailedException e)
        {
            throw Failure(e, name);
        }
    }

    public async Task<BlobProperties?> StatAsync(string name, CancellationToken cancellationToken)
    {
        var found = await PropertiesAsync(Blob(name), name, cancellationToken).ConfigureAwait(false);
        return found is null ? null : new BlobProperties(found.ContentLength, found.ETag.ToString());
    }

    public Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        PutAsync(name, content, new BlobRequestConditions { IfNoneMatch = ETag.All }, cancellationToken);

    public Task<bool> ReplaceAsync(string name, ReadOnlyMemory<byte> content, string ifMatch, CancellationToken cancellationToken) =>
        PutAsync(name, content, new BlobRequestConditions { IfMatch = new ETag(ifMatch) }, cancellationToken);

    public Task<BlobUpload> BeginUploadAsync(string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<BlobUpload>(new AzureUpload(this, name, Blob(name)));
    }

    public async Task<bool> DeleteAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await Blob(name).DeleteIfExistsAsync(DeleteSnapshotsOption.IncludeSnapshots, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (RequestFailedException e)
        {
            throw Failure(e, name);
        }
    }

    public async IAsyncEnumerable<BlobEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string full = _prefix + BlobName.CheckPrefix(prefix);
        await using var pages = _container.GetBlobsAsync(new GetBlobsOptions { Prefix = full }, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await pages.MoveNextAsync().ConfigureAwait(false)) yield break;
            }
            catch (RequestFailedException e)
            {
                throw Failure(e, full);
            }

            yield return new BlobEntry(pages.Current.Name[_prefix.Length..], pages.Current.Properties.ContentLength ?? 0);
        }
    }

    /// <summary>Who wrote the blob that is there: true this attempt, false another, null when there is none.</summary>
    internal async Task<bool?> IsOursAsync(BlockBlobClient blob, string name, string attempt, CancellationToken cancellationToken)
    {
        var found = await PropertiesAsync(blob, name, cancellationToken).ConfigureAwait(false);
        return found is null ? null : found.Metadata.TryGetValue(AzureUpload.AttemptKey, out string? writer) && writer == attempt;
    }

    internal HandsOffException Failure(Exception e, string what) => e switch
    {
        RequestFailedException { Status: 401 or 403 } r => new($"{Description}: {what}: access refused ({r.ErrorCode}); check the account, its key or the credential's role", HandsOffException.Failed, e),
        RequestFailedException { Status: 404, ErrorCode: "ContainerNotFound" } => new($"{Description}: there is no container '{_container.Name}'", HandsOffException.Failed, e),
        RequestFailedException { Status: 507 or 413 } r => new($"{Description}: {what}: no room left ({r.ErrorCode})", HandsOffException.Failed, e),
        RequestFailedException { Status: > 0 } r => new($"{Description}: {what}: the store answered {r.Status} {r.ErrorCode}", HandsOffException.Failed, e),
        _ => new($"{Description}: {what}: the store cannot be reached: {FirstLine(e)}", HandsOffException.Failed, e),
    };

    /// <summary>A conditional write was refused: another one came first, or our own whose answer was lost.</summary>
    internal static bool IsRefused(RequestFailedException e) =>
        e.Status == 412 || (e.Status == 409 && e.ErrorCode != "LeaseIdMissing") || (e.Status == 400 && e.ErrorCode == "InvalidBlockList");

    private static bool IsMissing(RequestFailedException e) => e.Status == 404 && e.ErrorCode != "ContainerNotFound";

    private static string FirstLine(Exception e)
    {
        string message = (e is AggregateException { InnerException: { } inner } ? inner : e).Message;
        int end = message.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? message : message[..end];
    }

    private async Task<bool> PutAsync(string name, ReadOnlyMemory<byte> content, BlobRequestConditions conditions, CancellationToken cancellationToken)
    {
        var blob = Blob(name);
        string attempt = AzureUpload.NewAttempt();
        var options = new BlobUploadOptions
        {
            Conditions = conditions,
            Metadata = new Dictionary<string, string> { [AzureUpload.AttemptKey] = attempt },
            TransferValidation = new UploadTransferValidationOptions { ChecksumAlgorithm = StorageChecksumAlgorithm.MD5 },
        };
        try
        {
            using var body = BinaryData.FromBytes(content).ToStream();
            await blob.UploadAsync(body, options, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (RequestFailedException e) when (IsRefused(e) || IsMissing(e))
        {
            return await IsOursAsync(blob, name, attempt, cancellationToken).ConfigureAwait(false) ?? false;
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException)
        {
            // No answer at all, or a failure after the write: look.
            if (e is not RequestFailedException { Status: 401 or 403 } && await IsOursAsync(blob, name, attempt, cancellationToken).ConfigureAwait(false) == true) return true;
            throw Failure(e, name);
        }
    }

    private async Task<Azure.Storage.Blobs.Models.BlobProperties?> PropertiesAsync(BlockBlobClient blob, string name, CancellationToken cancellationToken)
    {
        try
        {
            return (await blob.GetPropertiesAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).Value;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException)
        {
            throw Failure(e, name);
        }
    }

    private BlockBlobClient Blob(string name) => _container.GetBlockBlobClient(_prefix + BlobName.Check(name));
}
