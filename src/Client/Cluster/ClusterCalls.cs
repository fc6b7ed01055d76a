using HandsOff.Core;
using HandsOff.Grains.Diagnostics;

namespace HandsOff.Client.Cluster;

/// <summary>
/// Calls to grains, repeated while the cluster is in trouble: a silo died with the call, or the grain is moving. Every call of the client may
/// be heard twice, so repeating is safe; it ends after a while with a message.
/// </summary>
/// <param name="cluster">What messages call the cluster.</param>
/// <param name="patience">How long a call is repeated.</param>
/// <param name="time">The clock.</param>
internal sealed class ClusterCalls(string cluster, TimeSpan patience, TimeProvider time)
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(200), s_longest = TimeSpan.FromSeconds(2);

    /// <summary>The first line of what went wrong, for messages.</summary>
    public static string Brief(Exception e) => e switch
    {
        TimeoutException => "a call was not answered in time",
        OperationCanceledException => "a call was given up on the way",
        _ => e.Message.ReplaceLineEndings("\n").Split('\n')[0] is var line && line.Length > 160 ? line[..157] + "..." : line,
    };

    /// <summary>The call's answer.</summary>
    /// <exception cref="HandsOffException">There was none in time, however often it was asked.</exception>
    public async Task<T> AskAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        for (var pause = s_first; ; pause = pause * 2 < s_longest ? pause * 2 : s_longest)
        {
            try
            {
                return await call().WaitAsync(cancellationToken);
            }
            catch (Exception e) when (ClusterTrouble.Is(e, cancellationToken))
            {
                if (time.GetElapsedTime(started) >= patience)
                    throw new HandsOffException($"{cluster}: no answer in {patience.TotalSeconds:0} s ({Brief(e)}); are its silos running?", HandsOffException.Failed, e);
            }

            await Task.Delay(pause, time, cancellationToken);
        }
    }

    /// <inheritdoc cref="AskAsync{T}"/>
    public Task TellAsync(Func<Task> call, CancellationToken cancellationToken) => AskAsync(
        async () =>
        {
            await call();
            return true;
        },
        cancellationToken);
}
