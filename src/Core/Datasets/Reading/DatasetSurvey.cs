using HandsOff.Core.Datasets.Encoding;

namespace HandsOff.Core.Datasets;

/// <summary>What some committed shards of a dataset say of the whole: class shares and how uncertain the labeler was.</summary>
/// <param name="Shards">Shards looked at.</param>
/// <param name="Samples">Their samples.</param>
/// <param name="Flagged">Samples kept although too uncertain.</param>
/// <param name="Rejected">Draws discarded as too uncertain.</param>
/// <param name="ClassShares">Share of all pixels by class; sums to 1.</param>
/// <param name="UncertaintyMax">Upper end of the histogram, which begins at 0.</param>
/// <param name="UncertaintyCounts">Samples by uncertainty, in bins of equal width; the last one takes what lies above.</param>
public sealed record DatasetSurvey(
    int Shards, long Samples, long Flagged, long Rejected, IReadOnlyList<double> ClassShares, double UncertaintyMax, IReadOnlyList<int> UncertaintyCounts)
{
    /// <summary>Bins of the histogram.</summary>
    public const int Bins = 32;

    /// <summary>Reads the tables of at most <paramref name="shards"/> committed shards, spread evenly over those that are there.</summary>
    public static async Task<DatasetSurvey> ReadAsync(DatasetState dataset, int shards, CancellationToken cancellationToken)
    {
        var plan = dataset.Plan;
        var committed = new List<ShardRange>();
        await foreach (var entry in dataset.Store.ListAsync(DatasetBlobs.Receipts, cancellationToken).ConfigureAwait(false))
            if (DatasetState.RangeOf(entry.Name, plan.ShardSize) is { } range && range.Shard < plan.Count && plan[range.Shard] == range) committed.Add(range);
        var statistics = new DatasetStatistics(dataset.Request.Schema.Classes.Count);
        var uncertainty = new List<float>();
        int looked = 0, wanted = Math.Min(shards, committed.Count);
        for (int i = 0; i < wanted; i++)
        {
            var range = committed[(int)((long)i * committed.Count / wanted)];
            if (await dataset.Store.ReadAsync(range.Parquet, cancellationToken).ConfigureAwait(false) is not { } file) continue;
            var table = await ShardTable.ReadAsync(file.Bytes, dataset.Request, $"{dataset.Store.Description}/{range.Parquet}", cancellationToken).ConfigureAwait(false);
            statistics.Add(table);
            uncertainty.AddRange(table.Uncertainty);
            looked++;
        }

        uncertainty.Sort();
        // A few outliers would squeeze all others into the first bin: the axis ends where 99.5 % lie below.
        double max = uncertainty.Count == 0 ? 1 : Math.Max(1e-9, uncertainty[(int)(0.995 * (uncertainty.Count - 1))] * 1.05);
        var counts = new int[Bins];
        foreach (float u in uncertainty) counts[Math.Min(Bins - 1, (int)(u / max * Bins))]++;
        return new DatasetSurvey(looked, statistics.Samples, statistics.Flagged, statistics.Rejected, statistics.ClassShares, max, counts);
    }
}
