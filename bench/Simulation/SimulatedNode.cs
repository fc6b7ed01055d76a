using HandsOff.Grains.Coordination;

namespace HandsOff.Bench.Simulation;

/// <summary>A node in virtual time: works on one shard, holds the next, reports as a real one does.</summary>
internal sealed class SimulatedNode(string name, double speed)
{
    public string Name => name;

    /// <summary>Shards of normal length it makes in the time of one.</summary>
    public double Speed => speed;

    public long Epoch { get; set; } = 1;

    public bool Alive { get; set; }

    /// <summary>Changes with every life and every new report time: events of former ones are stale.</summary>
    public int Stamp { get; set; }

    /// <summary>In the order of granting; the first is worked on.</summary>
    public List<Work> Works { get; } = [];

    public List<ShardDone> Done { get; } = [];

    public List<ShardFailed> Failed { get; } = [];

    public double AliveSince { get; set; }

    /// <param name="Grant">What was given.</param>
    /// <param name="Seconds">What it takes this node.</param>
    /// <param name="Fails">After which part of it the try fails; above 1: it does not.</param>
    internal sealed class Work(ShardGrant grant, double seconds, double fails)
    {
        public ShardGrant Grant => grant;

        public double Seconds => seconds;

        public double Fails => fails;

        /// <summary>When the node began with it; null while it waits.</summary>
        public double? Began { get; set; }

        public double EndsAt => Began!.Value + seconds * Math.Min(1, fails);

        public double SpentAt(double now) => Began is { } began ? Math.Clamp(now - began, 0, seconds) : 0;
    }
}
