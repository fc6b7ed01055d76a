using Azure;
using Azure.Identity;

namespace HandsOff.Core.Storage;

/// <summary>What the Azure client's failures mean.</summary>
internal static class AzureErrors
{
    /// <summary>A failure of the store or on the way to it, not the caller's own cancellation.</summary>
    public static bool IsStores(Exception e, CancellationToken cancellationToken) => e switch
    {
        // The client reports a request that exceeded its network timeout as cancelled.
        OperationCanceledException => !cancellationToken.IsCancellationRequested,
        RequestFailedException or AggregateException or AuthenticationFailedException or IOException or InvalidDataException => true,
        _ => false,
    };

    /// <summary>A conditional write was refused: another one came first, or our own whose answer was lost, or the store is confused.</summary>
    public static bool IsRefused(Exception e) => e is RequestFailedException { Status: 409 or 412 };

    /// <summary>The staged blocks are gone: another writer of the name committed, or the store lost them.</summary>
    public static bool LostBlocks(Exception e) => e is RequestFailedException { Status: 400, ErrorCode: "InvalidBlockList" or "InvalidBlobOrBlock" };

    /// <summary>The bytes that arrived are not those that were sent.</summary>
    public static bool IsGarbled(Exception e) => e is InvalidDataException
        or RequestFailedException { Status: 400, ErrorCode: "Md5Mismatch" or "Crc64Mismatch" }
        || e is RequestFailedException { Status: 400, ErrorCode: "InvalidOperation" } azurites && azurites.Message.Contains("contentMD5", StringComparison.Ordinal);

    public static bool IsMissing(Exception e) => e is RequestFailedException { Status: 404 } r && r.ErrorCode != "ContainerNotFound";

    /// <summary>The one-line exception to throw in its place.</summary>
    public static HandsOffException Of(Exception e, string store, string container, string what) => e switch
    {
        RequestFailedException { Status: 401 or 403 } r => new($"{store}: {what}: access refused ({r.ErrorCode}); check the account, its key or the credential's role", HandsOffException.Failed, e),
        AuthenticationFailedException => new($"{store}: {what}: access refused: {FirstLine(e)}", HandsOffException.Failed, e),
        RequestFailedException { Status: 404, ErrorCode: "ContainerNotFound" } => new($"{store}: there is no container '{container}'", HandsOffException.Failed, e),
        RequestFailedException { Status: 507 or 413 } r => new($"{store}: {what}: no room left ({r.ErrorCode})", HandsOffException.Failed, e),
        RequestFailedException { Status: > 0 } r => new($"{store}: {what}: the store answered {r.Status} {r.ErrorCode}", HandsOffException.Failed, e)
        {
            IsTransient = r.Status is 408 or 409 or 412 or 429 or >= 500 || IsGarbled(r) || LostBlocks(r),
        },
        InvalidDataException => new($"{store}: {what}: what arrived is not what was sent: {FirstLine(e)}", HandsOffException.Failed, e) { IsTransient = true },
        _ => new($"{store}: {what}: the store cannot be reached: {FirstLine(e)}", HandsOffException.Failed, e) { IsTransient = true },
    };

    private static string FirstLine(Exception e)
    {
        string message = (e is AggregateException { InnerException: { } inner } ? inner : e).Message;
        int end = message.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? message : message[..end];
    }
}
