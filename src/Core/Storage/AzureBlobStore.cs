using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Azure;
using Azure.Core;
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
    private const int ReadBlock = 4 << 20, Tries = 5;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private readonly BlobContainerClient _container;
    private readonly string _prefix;
    private readonly StorageChecksumAlgorithm _check;

    private AzureBlobStore(BlobContainerClient container, string prefix, TransferCheck check)
    {
        _container = container;
        _prefix = prefix.Length == 0 ? "" : prefix + "/";
        _check = check switch
        {
            TransferCheck.Md5 => StorageChecksumAlgorithm.MD5,
            TransferCheck.Crc64 => StorageChecksumAlgorithm.StorageCrc64,
            _ => StorageChecksumAlgorithm.None,
        };
    }

    public string Description => $"az:{_container.Name}/{_prefix}".TrimEnd('/');

    internal UploadTransferValidationOptions UploadCheck => new() { ChecksumAlgorithm = _check };

    /// <summary>Opens the container (making it when asked to); fails with one line when it cannot be reached.</summary>
    public static async Task<AzureBlobStore> OpenAsync(
        BlobContainerClient container, string prefix, bool create, CancellationToken cancellationToken, TransferCheck check = TransferCheck.Md5)
    {
        var store = new AzureBlobStore(container, prefix, check);
        try
        {
            if (await container.ExistsAsync(cancellationToken).ConfigureAwait(false)) return store;
            if (!create) throw new HandsOffException($"{store.Description}: there is no container '{container.Name}'");
            await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            return store;
        }
        catch (Exception e) when (AzureErrors.IsStores(e, cancellationToken))
        {
            throw store.Failure(e, "the container");
        }
    }

    /// <summary>Seven tries over about half a minute (more when answers are slow or ask for patience), so that a restarting service is waited for.</summary>
    internal static BlobClientOptions ClientOptions()
    {
        var options = new BlobClientOptions();
        options.AddPolicy(new StoreRetries(), HttpPipelinePosition.PerRetry);
        options.Retry.Mode = RetryMode.Exponential;
        options.Retry.MaxRetries = 6;
        options.Retry.Delay = TimeSpan.FromMilliseconds(400);
        options.Retry.MaxDelay = TimeSpan.FromSeconds(20);
        options.Retry.NetworkTimeout = TimeSpan.FromSeconds(60);
        return options;
    }

    public async Task<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        for (int left = Tries; ; left--)
        {
            try
            {
                var answer = await Blob(name).DownloadContentAsync(cancellationToken).ConfigureAwait(false);
                byte[] bytes = answer.Value.Content.ToArray();
                RequireWhole(bytes, answer.Value.Details.ContentHash);
                return new BlobContent(bytes, answer.Value.Details.ETag.ToString());
            }
            catch (Exception e) when (AzureErrors.IsMissing(e))
            {
                return null;
            }
            catch (Exception e) when (AzureErrors.IsStores(e, cancellationToken))
            {
                if (left <= 1 || !AzureErrors.IsGarbled(e)) throw Failure(e, name);
            }
        }
    }

    public async Task<Stream?> OpenReadAsync(string name, CancellationToken cancellationToken)
    {
        Task<Stream> FromAsync(long position, CancellationToken cancel) => Blob(name).OpenReadAsync(
            new BlobOpenReadOptions(allowModifications: false)
            {
                Position = position,
                BufferSize = ReadBlock,
                TransferValidation = new DownloadTransferValidationOptions { ChecksumAlgorithm = _check, AutoValidateChecksum = true },
            },
            cancel);
        try
        {
            return new AzureReadStream(await FromAsync(0, cancellationToken).ConfigureAwait(false), FromAsync, e => Failure(e, name));
        }
        catch (Exception e) when (AzureErrors.IsMissing(e))
        {
            return null;
        }
        catch (Exception e) when (AzureErrors.IsStores(e, cancellationToken))
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
        catch (Exception e) when (AzureErrors.IsStores(e, cancellationToken))
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
            catch (Exception e) when (AzureErrors.IsStores(e, cancellationToken))
            {
                throw Failure(e, full);
            }

            yield return new BlobEntry(pages.Current.Name[_prefix.Length..], pages.Current.Properties.ContentLength ?? 0);
        }
    }

    public async IAsyncEnumerable<string> ListFoldersAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string full = _prefix + BlobName.CheckFolderPrefix(prefix);
        var options = new GetBlobsByHierarchyOptions { Prefix = full, Delimiter = "/" };
        await using var pages = _container.GetBlobsByHierarchyAsync(options, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await pages.MoveNextAsync().ConfigureAwait(false)) yield break;
            }
            catch (Exception e) when (AzureErrors.IsStores(e, cancellationToken))
            {
                throw Failure(e, full);
            }

            if (pages.Current.IsPrefix) yield return pages.Current.Prefix[_prefix.Length..].TrimEnd('/');
        }
    }

    internal HandsOffException Failure(Exception e, string what) => AzureErrors.Of(e, Description, _container.Name, what);

    /// <summary>
    /// Writes under conditions until it is known who won. A refusal is believed only when what is there explains it; an unclear failure
    /// is settled by looking.
    /// </summary>
    /// <param name="blob">Where.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="attempt">The id that the write puts into the blob's metadata.</param>
    /// <param name="conditions">If-None-Match: * or If-Match.</param>
    /// <param name="write">The write; may be called several times.</param>
    /// <param name="cancellationToken">Stops it; the write may have happened then.</param>
    /// <returns>True: the blob is ours. False: the conditions do not hold.</returns>
    internal async Task<bool> WriteAsync(
        BlockBlobClient blob, string name, string attempt, BlobRequestConditions conditions, Func<Task> write, CancellationToken cancellationToken)
    {
        for (int left = Tries; ; left--)
        {
            try
            {
                await write().ConfigureAwait(false);
                return true;
            }
            catch (Exception e) when (AzureErrors.IsStores(e, cancellationToken))
            {
                if (e is RequestFailedException { Status: 401 or 403 }) throw Failure(e, name);
                var there = await PropertiesAsync(blob, name, cancellationToken).ConfigureAwait(false);
                if (there is not null && there.Metadata.TryGetValue(AzureUpload.AttemptKey, out string? writer) && writer == attempt) return true;
                bool refused = AzureErrors.IsRefused(e) || AzureErrors.IsMissing(e);
                bool explained = conditions.IfMatch is { } tag ? there is null || there.ETag != tag : there is not null;
                if (explained && (refused || AzureErrors.LostBlocks(e))) return false;
                if (left <= 1 || !(refused || AzureErrors.IsGarbled(e))) throw Failure(e, name);
                await Task.Delay(s_pause, cancellationToken).ConfigureAwait(false);
            }
        }
    }

#pragma warning disable CA5351 // A transfer check that the service prescribes; nobody's safety rests on it.
    /// <summary>Small blobs are stored with their MD5: what was read should have it.</summary>
    private void RequireWhole(byte[] bytes, byte[]? md5)
    {
        if (_check != StorageChecksumAlgorithm.None && md5 is { Length: MD5.HashSizeInBytes } && !MD5.HashData(bytes).AsSpan().SequenceEqual(md5))
            throw new InvalidDataException("its MD5 is another");
    }
#pragma warning restore CA5351

    private Task<bool> PutAsync(string name, ReadOnlyMemory<byte> content, BlobRequestConditions conditions, CancellationToken cancellationToken)
    {
        var blob = Blob(name);
        string attempt = AzureUpload.NewAttempt();
        var options = new BlobUploadOptions
        {
            Conditions = conditions,
            Metadata = new Dictionary<string, string> { [AzureUpload.AttemptKey] = attempt },
            TransferValidation = UploadCheck,
        };
        return WriteAsync(blob, name, attempt, conditions, async () =>
        {
            using var body = BinaryData.FromBytes(content).ToStream();
            await blob.UploadAsync(body, options, cancellationToken).ConfigureAwait(false);
        }, cancellationToken);
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
        catch (Exception e) when (AzureErrors.IsStores(e, cancellationToken))
        {
            throw Failure(e, name);
        }
    }

    private BlockBlobClient Blob(string name) => _container.GetBlockBlobClient(_prefix + BlobName.Check(name));
}
