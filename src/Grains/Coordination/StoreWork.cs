using HandsOff.Core.Storage;

namespace HandsOff.Grains.Coordination;

/// <summary>
/// One kind of a coordinator's work on storage: run beside the grain's turns, tried again with growing pauses for as long as the store
/// does not answer, and never silent about it.
/// </summary>
internal sealed class StoreWork(TimeProvider time)
{
    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(0.5), s_longest = TimeSpan.FromSeconds(15), s_patience = TimeSpan.FromSeconds(5);

    private string _error = "";
    private long? _since;

    /// <summary>What it waits for; empty while all goes well.</summary>
    public string Waiting =>
        _error.Length > 0 ? $"waiting for the store, tried again until it answers: {_error}"
        : _since is { } since && time.GetElapsedTime(since) is var silent && silent > s_patience ? $"waiting for the store: no answer for {(int)silent.TotalSeconds} s"
        : "";

    /// <summary>Runs the work until it succeeds, fails for another reason than an outage, or is cancelled.</summary>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancel)
    {
        try
        {
            for (var pause = s_first; ; pause = pause + pause < s_longest ? pause + pause : s_longest)
            {
                _since = time.GetTimestamp();
                try
                {
                    // A store may hang without hearing the token: the coordinator's word must not wait for it.
                    return await Task.Run(() => work(cancel), cancel).WaitAsync(cancel);
                }
                catch (Exception e) when (!cancel.IsCancellationRequested && StoreOutage.Is(e))
                {
                    _error = e.Message;
                }

                await Task.Delay(pause, time, cancel);
            }
        }
        finally
        {
            (_error, _since) = ("", null);
        }
    }
}
