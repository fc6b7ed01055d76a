using Microsoft.Extensions.Hosting;

namespace HandsOff.Silo.Health;

/// <summary>Beats every second on the thread pool, as the nodes' loops and membership's probes do: when it stops, they have stopped too.</summary>
internal sealed class Pulse(TimeProvider time) : BackgroundService
{
    /// <summary>Silence after which the process is taken for dead.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan s_beat = TimeSpan.FromSeconds(1);
    private long _last = time.GetTimestamp();

    /// <summary>Time since the last beat.</summary>
    public TimeSpan Silent => time.GetElapsedTime(Interlocked.Read(ref _last));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            Interlocked.Exchange(ref _last, time.GetTimestamp());
            await Task.Delay(s_beat, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
