using System.Buffers.Binary;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace HandsOff.Core.Storage;

/// <summary>
/// A block blob on its way, staged block by block while it is being written. All writers of a blob name share one list of
/// uncommitted blocks: the attempt's id in every block's id (all of equal length) keeps them apart. A lost commit shows as
/// 409, 412 or, because the winner's commit discards the loser's blocks, as InvalidBlockList; the metadata tells who won.
/// </summary>
internal sealed class AzureUpload : BlobUpload
{
    public const string AttemptKey = "handsoff_attempt";

    private const int BlockLength = 4 << 20, Tries = 5;

    private readonly AzureBlobStore _store;
    private readonly string _name;
    private readonly BlockBlobClient _blob;
    private readonly Guid _attempt = Guid.NewGuid();
    private readonly List<string> _blocks = [];
    private readonly BlockStream _stream;

    public AzureUpload(AzureBlobStore store, string name, BlockBlobClient blob)
    {
        _store = store;
        _name = name;
        _blob = blob;
        _stream = new BlockStream(BlockLength, StageAsync);
    }

    public override Stream Stream => _stream;

    public static string NewAttempt() => Guid.NewGuid().ToString("n");

    public override async Task<bool> CommitAsync(CancellationToken cancellationToken)
    {
        await _stream.FlushBlockAsync(cancellationToken).ConfigureAwait(false);
        string attempt = _attempt.ToString("n");
        var options = new CommitBlockListOptions
        {
            Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All },
            Metadata = new Dictionary<string, string> { [AttemptKey] = attempt },
        };
        return await _store.WriteAsync(_blob, _name, attempt, options.Conditions, () => _blob.CommitBlockListAsync(_blocks, options, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Uncommitted blocks are invisible; the service discards them with the name's next commit or after a week.</summary>
    public override ValueTask DisposeAsync()
    {
        _stream.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task StageAsync(ReadOnlyMemory<byte> block, CancellationToken cancellationToken)
    {
        Span<byte> id = stackalloc byte[20];
        _attempt.TryWriteBytes(id);
        BinaryPrimitives.WriteInt32BigEndian(id[16..], _blocks.Count);
        string text = Convert.ToBase64String(id);
        var options = new BlockBlobStageBlockOptions { TransferValidation = _store.UploadCheck };
        for (int left = Tries; ; left--)
        {
            try
            {
                using var body = BinaryData.FromBytes(block).ToStream();
                await _blob.StageBlockAsync(text, body, options, cancellationToken).ConfigureAwait(false);
                break;
            }
            catch (Exception e) when (AzureErrors.IsStores(e, cancellationToken))
            {
                // The client itself repeats what may pass, but not a block that arrived with another checksum or met a passing conflict.
                if (left <= 1 || !(AzureErrors.IsGarbled(e) || AzureErrors.IsRefused(e))) throw _store.Failure(e, _name);
            }
        }

        _blocks.Add(text);
    }
}
