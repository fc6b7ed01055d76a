using System.Text.Json;
using HandsOff.Client.Tests.Support;
using HandsOff.Core.Pairs;
using HandsOff.Tests.Servers;

namespace HandsOff.Client.Tests.Shipped;

/// <summary>The pairs under models/: whole, within their size, with a card, and good for the main job.</summary>
public sealed class ShippedPairTests(Trial trial) : IClassFixture<Trial>
{
    private const long LargestBytes = 25_000_000;

    [Theory]
    [InlineData("scenes-64", "MIT")]
    [InlineData("faces-64", "non-commercial research")]
    public void A_shipped_pair_is_whole_small_and_states_its_terms(string name, string license)
    {
        var pair = Pair.Load(name);
        Assert.Equal(license, pair.Manifest.License);
        Assert.InRange(Directory.GetFiles(pair.Folder).Sum(f => new FileInfo(f).Length), 1, LargestBytes);
        Assert.Contains(pair.Digest, File.ReadAllText(Path.Combine(pair.Folder, "README.md")));
        using var measured = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "docs", "results", "pairs", $"{name}-evaluation.json")));
        Assert.Equal(measured.RootElement.GetProperty("meanIou").GetDouble(), pair.Manifest.Metrics["miou"]);
    }

    [Theory]
    [InlineData("scenes-64")]
    [InlineData("faces-64")]
    public async Task A_shipped_pair_makes_a_dataset_without_a_fault_and_the_same_samples_at_another_shard_size(string name)
    {
        foreach (int size in new[] { 10, 16 })
        {
            var made = await Cli.RunAsync("generate", "--pair", name, "--samples", "24", "--seed", "1", "--shard-size", $"{size}", "--out", trial.Folder($"{name}-{size}"));
            Assert.True(made.Code == 0, made.All);
            await trial.CheckAsync($"{name}-{size}", 24);
        }

        Assert.Equal(trial.SampleDigests($"{name}-10"), trial.SampleDigests($"{name}-16"));
    }
}
