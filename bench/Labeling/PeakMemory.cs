namespace HandsOff.Bench.Labeling;

/// <summary>Peak of this process's anonymous resident memory since construction, beyond what it was then; sampled every 2 ms.</summary>
internal sealed class PeakMemory : IDisposable
{
    private readonly long _before = Now();
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _sampler;
    private long _peak;

    public PeakMemory()
    {
        _sampler = new Thread(() =>
        {
            do Interlocked.Exchange(ref _peak, Math.Max(_peak, Now()));
            while (!_stop.Token.WaitHandle.WaitOne(2));
        });
        _sampler.Start();
    }

    /// <summary>Bytes.</summary>
    public long Peak => Math.Max(1, Interlocked.Read(ref _peak) - _before);

    public void Dispose()
    {
        _stop.Cancel();
        _sampler.Join();
        _stop.Dispose();
    }

    private static long Now() =>
        long.Parse(File.ReadLines("/proc/self/status").First(l => l.StartsWith("RssAnon:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2]) * 1024;
}
