using HandsOff.Core.Datasets.Encoding;
using HandsOff.Core.Sampling;

namespace HandsOff.Core.Datasets.Reading;

/// <summary>Makes a random share of a dataset's samples again and compares digests, attempts and flags.</summary>
internal sealed class Regeneration(DatasetState state, ISampleEngine engine, double share, ulong choiceSeed)
{
    private const int RowsAtOnce = 64;
    private readonly List<ShardFault> _faults = [];
    private readonly DatasetReader _reader = new(state);

    public int Compared { get; private set; }

    public int Identical { get; private set; }

    public bool AcrossKernelClasses { get; private set; }

    public IReadOnlyList<ShardFault> Faults => _faults;

    /// <summary>The sample is in the share: a choice by Philox, the same for the same seed. Index <paramref name="always"/> always is.</summary>
    public static bool IsChosen(long index, double share, ulong choiceSeed, long always) =>
        index == always || (Philox.Block(0, 0, (uint)index, (uint)(index >> 32), (uint)choiceSeed, (uint)(choiceSeed >> 32)).X0 + 0.5) / 4294967296.0 < share;

    public async Task RunAsync(ManifestShard shard, ShardTable table, long always, CancellationToken cancellationToken)
    {
        using var digester = new SampleDigests();
        int[] rows = [.. Enumerable.Range(0, shard.Count).Where(r => IsChosen(table.Index[r], share, choiceSeed, always))];
        // A few at a time: a shard's samples with all their draws can be more than memory holds.
        foreach (int[] some in rows.Chunk(RowsAtOnce)) await CompareAsync(some, shard, table, digester, cancellationToken).ConfigureAwait(false);
    }

    private async Task CompareAsync(int[] rows, ManifestShard shard, ShardTable table, SampleDigests digester, CancellationToken cancellationToken)
    {
        var request = state.Request;
        // Every draw up to the recorded one, so that the choice of the draw is checked too.
        SampleKey[] keys = [.. rows.SelectMany(r => Enumerable.Range(0, table.Attempt[r] + 1).Select(a => new SampleKey(table.Index[r], a)))];
        var draws = new Dictionary<SampleKey, RawSample>();
        foreach (var batch in keys.Chunk(engine.MicroBatch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var made in engine.Generate(batch, request.Recipe)) draws[made.Key] = made;
        }

        bool exact = shard.KernelClass == engine.KernelClass;
        AcrossKernelClasses |= !exact && rows.Length > 0;
        foreach (int row in rows)
        {
            long index = table.Index[row];
            var made = draws[new SampleKey(index, table.Attempt[row])];
            byte[] digests = digester.Of(made);
            bool same = SampleDigests.ImageHex(digests) == table.ImageSha256[row] && SampleDigests.LabelsHex(digests) == table.LabelsSha256[row];
            Compared++;
            if (same) Identical++;
            string? difference = same ? null
                : exact ? "made again it has other digests, in the same kernel class"
                : await _reader.ReadAsync(index, cancellationToken).ConfigureAwait(false) is { } stored ? SampleComparison.Difference(made, stored, request) : "cannot be read";
            if (difference is null && exact)
            {
                bool earlierUncertain = Enumerable.Range(0, table.Attempt[row]).All(a => draws[new SampleKey(index, a)].Uncertainty > request.UncertaintyCut);
                bool flagged = made.Uncertainty > request.UncertaintyCut;
                bool ended = !flagged || table.Attempt[row] + 1 == request.MaxAttempts;
                if (!earlierUncertain || !ended || flagged != table.Flagged[row] || made.Uncertainty != table.Uncertainty[row]) difference = $"draw {table.Attempt[row]} is not the one its request leads to";
            }

            if (difference is not null) _faults.Add(new ShardFault(shard.Shard, $"sample {index}: {difference}"));
        }
    }
}
