using HandsOff.Core.Datasets;
using HandsOff.Core.Datasets.Export;
using HandsOff.Core.Labeling;
using HandsOff.Core.Storage;
using HandsOff.Core.Tests.Clients;
using HandsOff.Core.Tests.Storage;

namespace HandsOff.Core.Tests.Datasets.Export;

/// <summary>Exports, compared with their dataset by a program that shares no code with them (tests/python/check_export.py).</summary>
public sealed class ExportTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ExportFormat.Coco, InstanceRule.Components, 1)]
    [InlineData(ExportFormat.Coco, InstanceRule.Classes, 1)]
    [InlineData(ExportFormat.Coco, InstanceRule.Components, 4)]
    [InlineData(ExportFormat.Cityscapes, InstanceRule.Components, 1)]
    [InlineData(ExportFormat.Cityscapes, InstanceRule.Components, 3)]
    [InlineData(ExportFormat.Folder, InstanceRule.Components, 1)]
    public async Task The_labels_are_those_of_the_dataset(ExportFormat format, InstanceRule rule, int minArea)
    {
        var state = await DatasetAsync(ImageFormat.Png);
        await DatasetExporter.RunAsync(state, new ExportOptions { Format = format, Instances = rule, MinArea = minArea }, _folder["out"], null, default);
        await CheckAsync(format, "--rule", rule.ToString().ToLowerInvariant(), "--min-area", minArea.ToString());
    }

    [Theory]
    [InlineData(ExportFormat.Coco, ImageFormat.Jpg, MetadataFormat.Jsonl)]
    [InlineData(ExportFormat.Cityscapes, ImageFormat.Webp, MetadataFormat.Jsonl)]
    [InlineData(ExportFormat.Folder, ImageFormat.Webp, MetadataFormat.Csv)]
    public async Task A_part_of_a_dataset_falls_into_two_splits(ExportFormat format, ImageFormat images, MetadataFormat metadata)
    {
        var state = await DatasetAsync(images);
        var report = await DatasetExporter.RunAsync(
            state, new ExportOptions { Format = format, First = 7, Count = 12, Val = 0.4, Metadata = metadata }, _folder["out"], null, default);
        Assert.Equal((12, 2), (report.Samples, report.Shards));
        await CheckAsync(format, "--first", "7", "--count", "12", "--val", "5");
    }

    [Fact]
    public async Task A_container_gives_the_same_export_as_a_folder()
    {
        await DatasetAsync(ImageFormat.Png); // what the checker compares with
        var store = await azurite.StoreAsync("export");
        await Bench.MakeAsync(store, Bench.Request(10), 25, new FakeEngine());
        await DatasetFinalizer.RunAsync(store, "test", null, default);
        await DatasetExporter.RunAsync(await DatasetState.OpenAsync(store, default), new ExportOptions { Format = ExportFormat.Coco }, _folder["out"], null, default);
        await CheckAsync(ExportFormat.Coco);
    }

    [Fact]
    public async Task An_image_folder_is_a_labelled_folder()
    {
        var state = await DatasetAsync(ImageFormat.Png);
        await DatasetExporter.RunAsync(state, new ExportOptions { Format = ExportFormat.Folder }, _folder["out"], null, default);
        var labelled = LabeledFolder.Open(_folder["out"]);
        Assert.Equal(25, labelled.Items.Count);
        Assert.Equal(FakeEngine.AllLabels.Keypoints, labelled.Schema.Keypoints);
    }

    [Fact]
    public async Task A_stopped_export_goes_on_and_a_complete_one_is_recognised()
    {
        var state = await DatasetAsync(ImageFormat.Png);
        var options = new ExportOptions { Format = ExportFormat.Coco, First = 3 };
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            DatasetExporter.RunAsync(state, options, _folder["out"], (_, shards) => { if (shards == 1) stop.Cancel(); }, stop.Token));
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(_folder["out"], ".export"), "shard-*.jsonl"));
        Assert.False(Directory.Exists(Path.Combine(_folder["out"], "annotations", "instances_train.json")));

        var report = await DatasetExporter.RunAsync(state, options, _folder["out"], null, default);
        Assert.False(report.WasComplete);
        await CheckAsync(ExportFormat.Coco, "--first", "3");
        Assert.True((await DatasetExporter.RunAsync(state, options, _folder["out"], null, default)).WasComplete);
    }

    [Fact]
    public async Task Folders_with_other_things_in_them_are_left_alone()
    {
        var state = await DatasetAsync(ImageFormat.Png);
        var options = new ExportOptions { Format = ExportFormat.Folder };
        Directory.CreateDirectory(_folder["out"]);
        await File.WriteAllTextAsync(_folder["out/mine.txt"], "mine");
        var foreign = await Assert.ThrowsAsync<HandsOffException>(() => DatasetExporter.RunAsync(state, options, _folder["out"], null, default));
        Assert.Contains("not empty", foreign.Message);
        Assert.Equal([_folder["out/mine.txt"]], Directory.GetFileSystemEntries(_folder["out"]));

        await DatasetExporter.RunAsync(state, options, _folder["other"], null, default);
        var another = await Assert.ThrowsAsync<HandsOffException>(() => DatasetExporter.RunAsync(state, options with { Count = 5 }, _folder["other"], null, default));
        Assert.Contains("another export", another.Message);
        await Assert.ThrowsAsync<HandsOffException>(() => DatasetExporter.RunAsync(state, options, "az:container/x", null, default));
    }

    [Fact]
    public async Task A_damaged_shard_is_told_and_never_becomes_part_of_an_export()
    {
        var state = await DatasetAsync(ImageFormat.Png);
        string tar = _folder["data/shards/shard-000001.tar"];
        byte[] bytes = await File.ReadAllBytesAsync(tar);
        bytes[^1] ^= 1; // behind the last member: only the digest tells
        await File.WriteAllBytesAsync(tar, bytes);
        var options = new ExportOptions { Format = ExportFormat.Folder };
        var damaged = await Assert.ThrowsAsync<HandsOffException>(() => DatasetExporter.RunAsync(state, options, _folder["out"], null, default));
        Assert.Contains("shard-000001.tar: is damaged", damaged.Message);
        Assert.False(File.Exists(_folder["out/.export/shard-000001.jsonl"]));
        Assert.False(File.Exists(_folder["out/metadata.jsonl"]));

        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(tar, bytes);
        await DatasetExporter.RunAsync(state, options, _folder["out"], null, default);
        await CheckAsync(ExportFormat.Folder);
    }

    [Fact]
    public async Task Ranges_that_the_dataset_does_not_have_are_refused_before_any_work()
    {
        var state = await DatasetAsync(ImageFormat.Png);
        var options = new ExportOptions { Format = ExportFormat.Coco };
        ExportOptions[] wrong =
        [
            options with { First = 25 }, options with { First = -1 }, options with { First = 20, Count = 6 }, options with { Count = 0 },
            options with { Val = 1 }, options with { Count = 1, Val = 0.5 }, options with { MinArea = 0 },
        ];
        foreach (var one in wrong)
        {
            var refused = await Assert.ThrowsAsync<HandsOffException>(() => DatasetExporter.RunAsync(state, one, _folder["out"], null, default));
            Assert.Equal(HandsOffException.WrongUsage, refused.ExitCode);
        }

        Assert.False(Directory.Exists(_folder["out"]));
        Assert.Throws<HandsOffException>(() => options.Splits(ExportOptions.DefaultMost + 1));
        Assert.Equal(60_000, (options with { Count = 60_000 }).Splits(1_000_000)[0].Count);
    }

    private async Task<DatasetState> DatasetAsync(ImageFormat images)
    {
        var store = LocalFolderStore.Create(_folder["data"]);
        await Bench.MakeAsync(store, Bench.Request(10, format: images), 25, new FakeEngine());
        await DatasetFinalizer.RunAsync(store, "test", null, default);
        return await DatasetState.OpenAsync(store, default);
    }

    private async Task CheckAsync(ExportFormat format, params string[] more) =>
        Assert.StartsWith("ok: ", await Python.RunAsync("python3", "check_export.py", [_folder["data"], _folder["out"], format.ToString().ToLowerInvariant(), .. more]));
}
