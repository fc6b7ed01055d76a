using System.Text.Json;
using HandsOff.Core.Datasets.Reading;
using HandsOff.Core.Labeling;

namespace HandsOff.Core.Datasets.Export;

/// <summary>Writes a finished dataset, or a part of it, in a format that is read elsewhere.</summary>
public static class DatasetExporter
{
    private static readonly int s_atOnce = Math.Clamp(Environment.ProcessorCount, 1, 8);

    /// <summary>
    /// Exports into a local folder. Shards are read whole and checked against the manifest's SHA-256; several at once. Interrupted, the
    /// same call goes on; what it says is complete then.
    /// </summary>
    /// <param name="state">The dataset; its manifest is what is exported.</param>
    /// <param name="options">What of it, and how.</param>
    /// <param name="folder">New, empty, or holding the same export.</param>
    /// <param name="progress">Hears the samples and the shards that are done, one call at a time.</param>
    /// <param name="cancellationToken">Stops it; what is done stays.</param>
    /// <exception cref="HandsOffException">The dataset is unfinished or damaged, the range is not its own, or the folder is somebody else's.</exception>
    public static async Task<ExportReport> RunAsync(DatasetState state, ExportOptions options, string folder, Action<long, int>? progress, CancellationToken cancellationToken)
    {
        var (shards, splits) = Plan(state, options);
        var request = state.Request;
        var (first, end) = (splits[0].First, splits[^1].First + splits[^1].Count);
        var marker = new ExportMarker
        {
            Layout = options.Format,
            Dataset = state.Store.Description,
            RequestSha256 = state.RequestSha256,
            Pair = request.Pair,
            First = first,
            Count = end - first,
            Val = options.Val,
            Instances = options.Instances,
            MinArea = options.MinArea,
            Metadata = options.Metadata,
        };
        using var target = ExportFolder.Open(folder, marker);
        if (target.IsComplete) return new ExportReport(target.Path, end - first, shards.Count, [], WasComplete: true);
        ExportLayout layout = options.Format switch
        {
            ExportFormat.Coco => new CocoLayout(target, request, options, splits),
            ExportFormat.Cityscapes => new CityscapesLayout(target, request, options, splits),
            _ => new FolderLayout(target, request, options, splits),
        };
        await ShardsAsync(state, shards, target, layout, s => s.Index >= first && s.Index < end, progress, cancellationToken).ConfigureAwait(false);
        var files = layout.Finish(split => RecordsOf(target, shards, split, first));
        target.Complete(marker);
        return new ExportReport(target.Path, end - first, shards.Count, files, WasComplete: false);
    }

    /// <summary>The shards that hold the samples, and the splits. Checks all that can be checked before any work.</summary>
    public static (IReadOnlyList<ManifestShard> Shards, long Samples) Survey(DatasetState state, ExportOptions options)
    {
        var (shards, splits) = Plan(state, options);
        return (shards, splits.Sum(s => s.Count));
    }

    private static (IReadOnlyList<ManifestShard> Shards, IReadOnlyList<ExportSplit> Splits) Plan(DatasetState state, ExportOptions options)
    {
        var manifest = state.Manifest ?? throw new HandsOffException($"{state.Store.Description}: is not finished (it has no {DatasetBlobs.Manifest} yet); finished datasets are exported");
        var splits = options.Splits(manifest.Samples);
        if (options.Format == ExportFormat.Cityscapes) CityscapesLayout.Check(state.Request);
        if (options.Format == ExportFormat.Coco && (state.Request.Labels & (LabelKinds.Segmentation | LabelKinds.Keypoints)) == 0)
            throw HandsOffException.Usage("--format coco: the dataset has neither masks nor keypoints; --format folder takes what it has");
        var (first, end) = (splits[0].First, splits[^1].First + splits[^1].Count);
        return ([.. manifest.Shards.Where(s => s.First < end && s.First + s.Count > first)], splits);
    }

    private static async Task ShardsAsync(
        DatasetState state, IReadOnlyList<ManifestShard> shards, ExportFolder target, ExportLayout layout, Func<StoredSample, bool> wanted, Action<long, int>? progress, CancellationToken cancellationToken)
    {
        var gate = new Lock();
        long samples = 0;
        int done = 0;
        await Parallel.ForEachAsync(shards, new ParallelOptions { MaxDegreeOfParallelism = s_atOnce, CancellationToken = cancellationToken }, async (shard, ct) =>
        {
            if (!target.IsDone(shard.Shard))
            {
                using var records = new MemoryStream();
                await foreach (var sample in ShardStream.ReadAsync(state.Store, state.Request, shard, ct).ConfigureAwait(false))
                {
                    if (!wanted(sample)) continue;
                    using (var json = new Utf8JsonWriter(records)) layout.Add(sample, json);
                    records.WriteByte((byte)'\n');
                    Tell(1, 0);
                }

                target.Commit(shard.Shard, records);
                Tell(0, 1);
            }
            else
            {
                Tell(target.Records([shard.Shard]).LongCount(), 1);
            }
        }).ConfigureAwait(false);

        void Tell(long more, int shardsMore)
        {
            lock (gate) progress?.Invoke(samples += more, done += shardsMore);
        }
    }

    /// <summary>The records of a split: samples are in the order of their shards, so those before it are skipped.</summary>
    private static IEnumerable<string> RecordsOf(ExportFolder target, IReadOnlyList<ManifestShard> shards, ExportSplit split, long first)
    {
        var its = shards.Where(s => s.First < split.First + split.Count && s.First + s.Count > split.First).ToList();
        long skip = split.First - Math.Max(first, its[0].First);
        return target.Records(its.Select(s => s.Shard)).Skip((int)skip).Take((int)split.Count);
    }
}
