using System.Collections.Concurrent;
using HandsOff.Grains.Errands;

namespace HandsOff.Grains.Tests.Errands;

/// <summary>Does errands when the test says so.</summary>
internal sealed class HeldRunner : IErrandRunner
{
    private readonly Lock _lock = new();
    private readonly List<string> _begun = [];
    private readonly ConcurrentDictionary<string, TaskCompletionSource<ErrandReport>> _done = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _stopped = new(StringComparer.Ordinal);

    public IReadOnlyList<string> Begun
    {
        get
        {
            lock (_lock) return [.. _begun];
        }
    }

    public TaskCompletionSource<ErrandReport> Done(string ticket) => _done.GetOrAdd(ticket, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>What ends its next try.</summary>
    public TaskCompletionSource<ErrandReport> Again(string ticket) => _done[ticket] = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Stopped(string ticket) => Stop(ticket).Task;

    public async Task BegunAsync(int count)
    {
        for (int i = 0; Begun.Count < count; i++)
        {
            if (i == 1500) throw new TimeoutException($"{Begun.Count} of {count} errands were begun");
            await Task.Delay(20);
        }
    }

    public async Task<ErrandReport> DoAsync(NodeErrand errand, string node, CancellationToken cancellationToken)
    {
        lock (_lock) _begun.Add(errand.Ticket);
        try
        {
            return await Done(errand.Ticket).Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Stop(errand.Ticket).TrySetResult();
            throw;
        }
    }

    private TaskCompletionSource Stop(string ticket) => _stopped.GetOrAdd(ticket, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
