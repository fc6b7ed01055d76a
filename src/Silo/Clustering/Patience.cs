using HandsOff.Core;

namespace HandsOff.Silo.Clustering;

/// <summary>Waits a stated while for what a silo needs at its start: says so, and in the end says what was missing.</summary>
/// <param name="limit">How long.</param>
/// <param name="time">The clock.</param>
/// <param name="say">Takes a line for the user.</param>
public sealed class Patience(TimeSpan limit, TimeProvider time, Action<string> say)
{
    /// <summary>How long a silo waits for Redis and for its store.</summary>
    public static readonly TimeSpan AtStart = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Tries until it succeeds. A transient failure, or none of both for three seconds, is told once; a lasting one, or the
    /// limit, ends it with the reason.
    /// </summary>
    /// <param name="what">What is waited for, for messages.</param>
    /// <param name="attempt">One try.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<T> WaitAsync<T>(string what, Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        bool told = false;
        string last = $"{what} does not answer";
        void Tell(string why)
        {
            if (!told) say($"{why}; waiting up to {limit.TotalSeconds:F0} s");
            told = true;
        }

        while (true)
        {
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var work = Begin(attempt, over.Token);
            try
            {
                if (await Task.WhenAny(work, Task.Delay(s_quiet, time, over.Token)).ConfigureAwait(false) != work)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Tell($"{what} does not answer yet");
                }

                var left = limit - time.GetElapsedTime(start);
                return await work.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, time, cancellationToken).ConfigureAwait(false);
            }
            catch (HandsOffException e) when (e.IsTransient)
            {
                if (time.GetElapsedTime(start) + s_pause >= limit) throw new HandsOffException($"{e.Message} (waited {limit.TotalSeconds:F0} s)", e.ExitCode, e);
                Tell(last = e.Message);
            }
            catch (TimeoutException e)
            {
                _ = work.ContinueWith(t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
                throw new HandsOffException($"{last} (waited {limit.TotalSeconds:F0} s)", HandsOffException.Failed, e);
            }
            finally
            {
                await over.CancelAsync().ConfigureAwait(false);
            }

            await Task.Delay(s_pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    // So that what fails before its first await fails like anything else.
    private static async Task<T> Begin<T>(Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken) => await attempt(cancellationToken).ConfigureAwait(false);
}
