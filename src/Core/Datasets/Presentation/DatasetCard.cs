using System.Globalization;
using System.Text;
using HandsOff.Core.Datasets.Encoding;
using HandsOff.Core.Labeling;

namespace HandsOff.Core.Datasets;

/// <summary>The dataset's README: what it is, how it was made, counts, what the labels mean, licence, and snippets that load it.</summary>
internal static class DatasetCard
{
    public static string Write(string name, DatasetRequest request, DatasetManifest manifest, DatasetStatistics statistics)
    {
        var text = new StringBuilder();
        var format = new SampleFormat(request);
        long bytes = manifest.Shards.Sum(s => s.Blobs.Sum(b => b.Bytes));
        Line($"""
            ---
            pretty_name: {Yaml(name)}
            license: other
            license_name: {Yaml(request.Pair.License)}
            task_categories:
            - image-segmentation
            - keypoint-detection
            - depth-estimation
            size_categories:
            - {Size(manifest.Samples)}
            tags:
            - synthetic
            ---

            # {name}

            {manifest.Samples:N0} synthetic images of {request.Width}x{request.Height} pixels with {Labels(request)}, {manifest.Shards.Count:N0} shards, {bytes / 1e6:N1} MB.
            Made by HandsOff: a generative network draws each image, and a labeler trained on fewer than fifty labelled photographs reads the labels
            off what the network computed on the way. Nobody drew these labels; treat them as predictions.

            ![samples](preview.jpg)

            | | |
            |---|---|
            | pair | {request.Pair.Name} (`{request.Pair.Digest}`) |
            | licence of the pair and its training data | {request.Pair.License} |
            | seed | {request.Seed} |
            | truncation | {request.Truncation.ToString(CultureInfo.InvariantCulture)}{(request.TruncationCutoff is { } c ? $", first {c} styles" : "")} |
            | noise | {request.Noise.ToString().ToLowerInvariant()} |
            | share of draws kept | {request.Keep.ToString(CultureInfo.InvariantCulture)}{(request.UncertaintyCut is { } u ? $" (uncertainty at most {u.ToString(CultureInfo.InvariantCulture)}, {request.MaxAttempts} draws at most)" : "")} |
            | draws discarded as too uncertain | {statistics.Rejected:N0} |
            | samples flagged as still uncertain | {statistics.Flagged:N0} |
            | mean uncertainty | {statistics.MeanUncertainty.ToString("G4", CultureInfo.InvariantCulture)} |
            | request SHA-256 | `{manifest.RequestSha256}` |

            Any sample can be made again alone: it is a function of the pair, `request.json` and its index (`handsoff sample`).
            `handsoff verify` checks every file; `manifest.json` lists what belongs to the dataset.
            """);
        Schema(text, request, statistics);
        Snippets(text, request, format);
        return text.ToString();

        void Line(string lines) => text.Append(lines).Append('\n');
    }

    private static void Schema(StringBuilder text, DatasetRequest request, DatasetStatistics statistics)
    {
        var schema = request.Schema;
        if (schema.Classes.Count > 0)
        {
            text.Append("\n## Classes\n\n`.seg.png`: 8-bit palette PNG, value = class id, 255 = ignore.\n\n| id | class | colour | share of pixels |\n|---|---|---|---|\n");
            for (int i = 0; i < schema.Classes.Count; i++)
                text.Append(CultureInfo.InvariantCulture, $"| {i} | {schema.Classes[i].Name} | {schema.Classes[i].Color} | {100 * statistics.ClassShares[i]:F2} % |\n");
        }

        if (schema.Keypoints.Count > 0)
            text.Append(CultureInfo.InvariantCulture, $"\n## Keypoints\n\n`keypoints` in `.json`: `[x, y, v]` each, in pixels (pixel centres at integers), v as in COCO (0 absent, 1 hidden, 2 visible).\nIn order: {string.Join(", ", schema.Keypoints)}.\n");
        if (schema.Depth is { } depth)
            text.Append(CultureInfo.InvariantCulture, $"\n## Depth\n\n`.depth.png`: 16-bit gray PNG, value / {depth.Scale} = {depth.Unit}, 0 = invalid. The training data reached from {depth.Min} to {depth.Max} {depth.Unit}.\n");
    }

    private static void Snippets(StringBuilder text, DatasetRequest request, SampleFormat format)
    {
        text.Append($$"""

            ## Loading it

            WebDataset (masks and depth by their own decoders; `decode("pil")` alone would turn them into RGB):

            ```python
            import io, json, numpy as np, webdataset as wds
            from PIL import Image
            manifest = json.load(open("manifest.json"))
            shards = [b["name"] for s in manifest["shards"] for b in s["blobs"] if b["name"].endswith(".tar")]
            raw = lambda data: np.array(Image.open(io.BytesIO(data)))
            data = wds.WebDataset(shards, shardshuffle=False).decode(wds.handle_extension("seg.png", raw), wds.handle_extension("depth.png", raw), "rgb8")
            for sample in data:
                image, info = sample["{{format.Image}}"], sample["json"]{{(request.Labels.HasFlag(LabelKinds.Segmentation) ? "\n    mask = sample[\"seg.png\"]" : "")}}{{(request.Schema.Depth is { } d ? string.Create(CultureInfo.InvariantCulture, $"\n    depth = sample[\"depth.png\"] / {d.Scale}  # {d.Unit}") : "")}}
            ```

            Hugging Face datasets:

            ```python
            from datasets import load_dataset
            data = load_dataset("webdataset", data_files={"train": "shards/*.tar"}, split="train", streaming=True)
            ```

            Plain Python, and the tables:

            ```python
            import tarfile, pandas as pd
            for member in tarfile.open("{{new ShardPlan(request.ShardSize, request.ShardSize)[0].Tar}}"): print(member.name, member.size)
            table = pd.read_parquet("shards")  # index, attempt, uncertainty, digests, pixels of each class, offsets into the tars
            ```

            The `.idx` files are indices for NVIDIA DALI's `readers.webdataset`.

            """);
    }

    private static string Labels(DatasetRequest request) =>
        string.Join(", ", new[]
        {
            request.Schema.Classes.Count > 0 ? $"masks of {request.Schema.Classes.Count} classes" : "",
            request.Schema.Keypoints.Count > 0 ? $"{request.Schema.Keypoints.Count} keypoints" : "",
            request.Schema.Depth is not null ? "depth" : "",
        }.Where(t => t.Length > 0));

    private static string Size(long samples) => samples switch
    {
        < 1_000 => "n<1K",
        < 10_000 => "1K<n<10K",
        < 100_000 => "10K<n<100K",
        < 1_000_000 => "100K<n<1M",
        < 10_000_000 => "1M<n<10M",
        _ => "n>10M",
    };

    private static string Yaml(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
