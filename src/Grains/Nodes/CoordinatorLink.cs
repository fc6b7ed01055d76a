using HandsOff.Grains.Coordination;

namespace HandsOff.Grains.Nodes;

/// <summary>What a node has with one dataset's coordinator: what is still to be told, the report on its way, and when to speak to it again.</summary>
internal sealed class CoordinatorLink
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(8);
    private TimeSpan _pause;

    public NodeOutbox Outbox { get; } = new();

    /// <summary>What the dataset's shards are made from, once the coordinator has said.</summary>
    public RequestText? Request { get; private set; }

    /// <summary>The report that is not answered yet.</summary>
    public NodeCall? Call { get; set; }

    /// <summary>It did not answer: not spoken to before.</summary>
    public DateTimeOffset SilentUntil { get; private set; }

    /// <summary>It had no more to give: not asked before.</summary>
    public DateTimeOffset AskAgain { get; set; }

    /// <summary>It is moving or gone. Returns how long it is left alone: longer each time.</summary>
    public TimeSpan Failed(DateTimeOffset now)
    {
        _pause = TimeSpan.FromTicks(Math.Clamp(2 * _pause.Ticks, NodeExchange.AfterError.Ticks, s_longest.Ticks));
        SilentUntil = now + _pause;
        return _pause;
    }

    public void Answered() => _pause = TimeSpan.Zero;

    /// <summary>The dataset's request, which the node did not know: what it has to tell of another one under this name is of no more use.</summary>
    public RequestText Take(string json)
    {
        Outbox.Clear();
        return Request = RequestText.Of(json);
    }
}
