using HandsOff.Core;
using HandsOff.Core.Datasets;
using HandsOff.Core.Storage;

namespace HandsOff.Cluster.Tests.Support;

/// <summary>
/// A reader that looks for the manifest all the time, from before the first shard on. When it finds one, all that it names must be there, at the size
/// it names. What the store does not answer it asks again.
/// </summary>
internal sealed class ManifestReader : IAsyncDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private readonly string _uri;
    private readonly int _samples;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task<string?> _reading;
    private int _looks;

    public ManifestReader(string uri, int samples)
    {
        (_uri, _samples) = (uri, samples);
        _reading = Task.Run(ReadAsync);
    }

    /// <summary>Fails unless a manifest was seen and was complete when it was seen first.</summary>
    public async Task RequireCompleteAsync()
    {
        string? fault = await _reading.WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Null(fault);
        Assert.True(_looks > 1, "the reader looked once only");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await ((Task)_reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task<string?> ReadAsync()
    {
        while (true)
        {
            _stop.Token.ThrowIfCancellationRequested();
            try
            {
                _looks++;
                var store = await BlobStores.OpenAsync(_uri, create: false, _stop.Token);
                if (await store.ReadAsync(DatasetBlobs.Manifest, _stop.Token) is { } found) return await JudgeAsync(store, DatasetManifest.FromJson(found.Bytes, DatasetBlobs.Manifest));
            }
            catch (HandsOffException)
            {
                // Not begun yet, or the store does not answer: again.
            }

            await Task.Delay(s_pause, _stop.Token);
        }
    }

    private async Task<string?> JudgeAsync(IBlobStore store, DatasetManifest manifest)
    {
        if (manifest.Samples != _samples || manifest.Shards.Sum(s => (long)s.Count) != _samples) return $"a manifest of {manifest.Shards.Sum(s => (long)s.Count)} samples, {_samples} were asked for";
        foreach (var blob in manifest.Shards.SelectMany(s => s.Blobs))
            if ((await store.StatAsync(blob.Name, _stop.Token))?.Length != blob.Bytes) return $"the manifest names {blob.Name}, which is not there at {blob.Bytes} bytes";
        return null;
    }
}
