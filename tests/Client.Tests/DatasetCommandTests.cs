using HandsOff.Client.Commands;
using HandsOff.Core.Datasets;
using HandsOff.Core.Pairs;
using HandsOff.Core.Storage;
using TorchSharp;

namespace HandsOff.Client.Tests;

/// <summary>verify, repair, sample and preview on a small dataset of an untrained pair.</summary>
public sealed class DatasetCommandTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("handsoff-dataset-cli-").FullName;

    private string Dataset => Path.Combine(_folder, "data");

    private string PairFolder => Path.Combine(_folder, "pair");

    public async ValueTask InitializeAsync()
    {
        var pair = TrialPair.Create(PairFolder);
        var store = LocalFolderStore.Create(Dataset);
        var request = PairRequests.Create(pair, new DatasetOptions { Seed = 5, ShardSize = 8, Keep = 0.7 }, 20);
        var state = await DatasetState.BeginAsync(store, request, 20, true, false, default);
        await using var device = await DeviceThread.StartAsync(() => PairEngine.Open(pair, torch.CPU, 4));
        await using var pipeline = new ShardPipeline(device, new ShardPipelineOptions(), TimeProvider.System);
        await Task.WhenAll(state.Plan.Shards.Select(range => pipeline.RunAsync(new ShardJob(store, request, range, "test/cpu"))));
        Assert.True((await DatasetFinalizer.RunAsync(store, "trial", null, default)).IsFinished);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_sound_dataset_is_verified_sampled_and_drawn()
    {
        Assert.Equal(0, await CommandLineHost.RunAsync(["verify", Dataset]));
        Assert.Equal(0, await CommandLineHost.RunAsync(["verify", Dataset, "--regenerate", "1", "--pair", PairFolder, "--device", "cpu", "--json"]));
        string alone = Path.Combine(_folder, "alone"), sheet = Path.Combine(_folder, "sheet.png");
        Assert.Equal(0, await CommandLineHost.RunAsync(["sample", Dataset, "--index", "13", "--out", alone, "--pair", PairFolder, "--device", "cpu"]));
        Assert.Equal(["000000013.depth.png", "000000013.json", "000000013.png", "000000013.seg.png"], Directory.GetFiles(alone).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(0, await CommandLineHost.RunAsync(["preview", Dataset, "--out", sheet, "--count", "6"]));
        Assert.True(new FileInfo(sheet).Length > 1000);
    }

    [Fact]
    public async Task A_damaged_shard_is_told_and_made_again_as_it_was()
    {
        string tar = Path.Combine(Dataset, "shards", "shard-000001.tar");
        byte[] sound = await File.ReadAllBytesAsync(tar);
        byte[] damaged = [.. sound];
        damaged[3000] ^= 1;
        await File.WriteAllBytesAsync(tar, damaged);
        File.Delete(Path.Combine(Dataset, "shards", "shard-000002-n4.parquet"));
        Assert.Equal(1, await CommandLineHost.RunAsync(["verify", Dataset]));
        Assert.Equal(0, await CommandLineHost.RunAsync(["repair", Dataset, "--pair", PairFolder, "--device", "cpu"]));
        Assert.Equal(0, await CommandLineHost.RunAsync(["verify", Dataset, "--json"]));
        Assert.Equal(sound, await File.ReadAllBytesAsync(tar));
    }

    [Fact]
    public async Task Wrong_command_lines_are_told()
    {
        string nothing = Path.Combine(_folder, "nothing"), outside = Path.Combine(_folder, "x.png");
        Assert.Equal(1, await CommandLineHost.RunAsync(["verify", nothing]));
        Assert.Equal(1, await CommandLineHost.RunAsync(["verify", PairFolder]));
        Assert.Equal(2, await CommandLineHost.RunAsync(["verify", Dataset, "--regenerate", "1.5", "--pair", PairFolder]));
        Assert.Equal(1, await CommandLineHost.RunAsync(["verify", Dataset, "--regenerate", "1", "--pair", nothing]));
        Assert.Equal(2, await CommandLineHost.RunAsync(["sample", Dataset, "--index", "20", "--out", nothing, "--pair", PairFolder]));
        Assert.Equal(2, await CommandLineHost.RunAsync(["preview", Dataset, "--out", Path.Combine(_folder, "x.bmp")]));
        Assert.Equal(2, await CommandLineHost.RunAsync(["preview", Dataset, "--out", outside, "--count", "0"]));
        string other = Path.Combine(_folder, "other");
        TrialPair.Create(other, seed: 2);
        Assert.Equal(1, await CommandLineHost.RunAsync(["sample", Dataset, "--index", "1", "--out", nothing, "--pair", other]));
        Assert.False(Directory.Exists(nothing));
    }
}
