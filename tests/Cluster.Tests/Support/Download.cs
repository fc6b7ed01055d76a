using Azure;
using Azure.Storage.Blobs;
using HandsOff.Core.Storage;

namespace HandsOff.Cluster.Tests.Support;

/// <summary>Copies a dataset out of an Azure store into a folder, by the plain client. Files keep the blobs' times (to the second).</summary>
internal static class Download
{
    /// <summary>A test may have killed the store a moment ago: it is waited for, a minute at most.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    public static async Task<string> ToFolderAsync(string connectionString, string uri, string folder)
    {
        long begun = TimeProvider.System.GetTimestamp();
        for (; ; await Task.Delay(500))
        {
            try
            {
                return await TryAsync(connectionString, uri, folder);
            }
            catch (Exception e) when (e is RequestFailedException { Status: 0 or >= 500 } or AggregateException or IOException && TimeProvider.System.GetElapsedTime(begun) < s_patience)
            {
                // From the beginning: what is there is written over.
            }
        }
    }

    private static async Task<string> TryAsync(string connectionString, string uri, string folder)
    {
        var (container, prefix) = BlobStores.ParseAzure(uri);
        var client = new BlobContainerClient(connectionString, container);
        string under = prefix.Length == 0 ? "" : prefix + "/";
        await foreach (var blob in client.GetBlobsAsync(new Azure.Storage.Blobs.Models.GetBlobsOptions { Prefix = under }))
        {
            string path = Path.Combine(folder, blob.Name[under.Length..]);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await client.GetBlobClient(blob.Name).DownloadToAsync(path);
            if (blob.Properties.LastModified is { } written) File.SetLastWriteTimeUtc(path, written.UtcDateTime);
        }

        return folder;
    }
}
