namespace HandsOff.Silo.Api;

/// <summary>A token that also ends by itself after a while: the store's client tries again for minutes, and who looks at everything cannot wait for one.</summary>
internal sealed class Brief : IDisposable
{
    private readonly CancellationToken _outer;
    private readonly CancellationTokenSource _time, _both;

    public Brief(TimeSpan patience, TimeProvider time, CancellationToken outer)
    {
        _outer = outer;
        _time = new CancellationTokenSource(patience, time);
        _both = CancellationTokenSource.CreateLinkedTokenSource(_time.Token, outer);
    }

    public CancellationToken Token => _both.Token;

    /// <summary>The failure is the end of the while, not the caller's own cancellation.</summary>
    public bool IsOver(Exception e) => e is OperationCanceledException && !_outer.IsCancellationRequested;

    public void Dispose()
    {
        _both.Dispose();
        _time.Dispose();
    }
}
