using System.Threading.Channels;
using HandsOff.Core.Datasets.Encoding;
using HandsOff.Core.Datasets.Timing;

namespace HandsOff.Core.Datasets.Production;

/// <summary>A shard in work: which of its samples are still to be made, and where finished ones go. Guarded by the filler's lock but for the channel and times.</summary>
internal sealed class ActiveShard
{
    public ActiveShard(DatasetRequest request, ShardRange range, ShardTimeline timeline)
    {
        Timeline = timeline;
        Format = new SampleFormat(request);
        Recipe = request.Recipe;
        Range = range;
        NextNew = range.First;
    }

    public SampleFormat Format { get; }

    public ShardTimeline Timeline { get; }

    public SampleRecipe Recipe { get; }

    public ShardRange Range { get; }

    /// <summary>The next index that was never drawn.</summary>
    public long NextNew { get; set; }

    public long End => Range.First + Range.Count;

    /// <summary>Draws to repeat, soonest needed first.</summary>
    public PriorityQueue<SampleKey, long> Redraws { get; } = new();

    /// <summary>No longer wanted: what is still under way is dropped where it is met.</summary>
    public bool Dead { get; set; }

    /// <summary>Encoded samples in any order; completed with the exception when the shard fails.</summary>
    public Channel<EncodedSample> Encoded { get; } = Channel.CreateUnbounded<EncodedSample>(new UnboundedChannelOptions { SingleReader = true });

    public long Rejected { get; set; }

    public long Flagged { get; set; }

    /// <summary>The device waited for room with this shard's samples next, in the clock's ticks.</summary>
    public double GenerateWaitTicks { get; set; }

    public void Fail(Exception error) => Encoded.Writer.TryComplete(error);
}
