using HandsOff.Core.Datasets.Checking;
using HandsOff.Core.Datasets.Encoding;
using HandsOff.Core.Storage;

namespace HandsOff.Core.Datasets.Reading;

/// <summary>Makes the chosen samples of a shard again and compares digests, attempts and flags.</summary>
internal sealed class Regeneration(IBlobStore store, DatasetRequest request, IDeviceWorker device, ManifestShard shard, SampleChoice choice)
{
    private readonly List<ShardFault> _faults = [];
    private readonly bool _exact = shard.KernelClass == device.Engine.KernelClass;
    private ShardReader? _reader;
    private int _compared, _identical;

    public async Task<RegenerationReport> RunAsync(CancellationToken cancellationToken)
    {
        device.Engine.Require(request);
        var (fault, table) = await ShardCheck.RunAsync(store, request, shard, cancellationToken, tableOnly: true).ConfigureAwait(false);
        if (table is null) return new RegenerationReport([fault!], 0, 0, false);
        using var digester = new SampleDigests();
        int[] rows = [.. Enumerable.Range(0, shard.Count).Where(r => choice.Has(table.Index[r]))];

        // Every draw up to the recorded one, so that the choice of the draw is checked too. A row is compared once its last draw is made.
        var keys = rows.SelectMany(r => Enumerable.Range(0, table.Attempt[r] + 1).Select(a => new SampleKey(table.Index[r], a)));
        var draws = new Dictionary<SampleKey, RawSample>();
        int next = 0;
        foreach (var batch in keys.Chunk(device.Engine.MicroBatch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var made in await device.RunAsync(engine => engine.Generate(batch, request.Recipe), cancellationToken).ConfigureAwait(false)) draws[made.Key] = made;
            for (; next < rows.Length && draws.ContainsKey(LastDraw(rows[next])); next++)
            {
                await CompareAsync(table, rows[next], draws, digester, cancellationToken).ConfigureAwait(false);
                for (int a = 0; a <= table.Attempt[rows[next]]; a++) draws.Remove(new SampleKey(table.Index[rows[next]], a));
            }
        }

        return new RegenerationReport(_faults, _compared, _identical, !_exact && rows.Length > 0);

        SampleKey LastDraw(int row) => new(table.Index[row], table.Attempt[row]);
    }

    private async Task CompareAsync(ShardTable table, int row, Dictionary<SampleKey, RawSample> draws, SampleDigests digester, CancellationToken cancellationToken)
    {
        long index = table.Index[row];
        var made = draws[new SampleKey(index, table.Attempt[row])];
        byte[] digests = digester.Of(made);
        bool same = SampleDigests.ImageHex(digests) == table.ImageSha256[row] && SampleDigests.LabelsHex(digests) == table.LabelsSha256[row];
        _compared++;
        if (same) _identical++;
        string? difference = same ? null
            : _exact ? "made again it has other digests, in the same kernel class"
            : SampleComparison.Difference(made, await StoredAsync(index, cancellationToken).ConfigureAwait(false), request);
        if (difference is null && _exact)
        {
            bool earlierUncertain = Enumerable.Range(0, table.Attempt[row]).All(a => draws[new SampleKey(index, a)].Uncertainty > request.UncertaintyCut);
            bool flagged = made.Uncertainty > request.UncertaintyCut;
            bool ended = !flagged || table.Attempt[row] + 1 == request.MaxAttempts;
            if (!earlierUncertain || !ended || flagged != table.Flagged[row] || made.Uncertainty != table.Uncertainty[row]) difference = $"draw {table.Attempt[row]} is not the one its request leads to";
        }

        if (difference is not null) _faults.Add(new ShardFault(shard.Shard, $"sample {index}: {difference}"));
    }

    private Task<StoredSample> StoredAsync(long index, CancellationToken cancellationToken)
    {
        _reader ??= new ShardReader(store, request, new ShardRange(shard.Shard, shard.First, shard.Count, IsShort: shard.Count < request.ShardSize));
        return _reader.ReadAsync(index, cancellationToken);
    }
}
