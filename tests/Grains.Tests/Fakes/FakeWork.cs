using System.Collections.Concurrent;
using HandsOff.Grains.Coordination;

namespace HandsOff.Grains.Tests.Fakes;

/// <summary>What a test says about the work, and what it sees of it.</summary>
internal sealed class FakeWork
{
    public TimeSpan PerSample { get; set; } = TimeSpan.FromMilliseconds(1);

    /// <summary>By device and shard: the error to throw; null to succeed.</summary>
    public Func<string, ShardGrant, Exception?>? Fails { get; set; }

    public ConcurrentQueue<(string Node, int Shard)> Begun { get; } = new();

    public void Began(string node, ShardGrant grant) => Begun.Enqueue((node, grant.Shard));
}
