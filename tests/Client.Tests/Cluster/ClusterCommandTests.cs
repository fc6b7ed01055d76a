using System.Text.Json;
using HandsOff.Client.Cluster;
using HandsOff.Client.Tests.Support;
using HandsOff.Core;
using HandsOff.Core.Pairs;
using HandsOff.Core.Storage;
using HandsOff.Tests.Servers;

namespace HandsOff.Client.Tests.Cluster;

/// <summary>The cluster's command line without a cluster: wrong use, servers that are not there, and datasets of its store by name.</summary>
public sealed class ClusterCommandTests(Trial trial) : IClassFixture<Trial>
{
    // Nobody listens on port 1.
    private const string Nowhere = "127.0.0.1:1";

    [Theory]
    [InlineData("--redis is needed", "list")]
    [InlineData("--redis is needed", "watch", "x")]
    [InlineData("--redis is needed", "submit", "x", "--pair", "p", "--samples", "5", "--seed", "1")]
    [InlineData("dataset name '../x'", "submit", "../x", "--pair", "p", "--samples", "5", "--redis", Nowhere)]
    [InlineData("dataset name 'X'", "pause", "X", "--redis", Nowhere)]
    [InlineData("samples '0'", "submit", "x", "--pair", "p", "--samples", "0", "--redis", Nowhere)]
    [InlineData("--weight 'much'", "submit", "x", "--pair", "p", "--samples", "5", "--weight", "much", "--redis", Nowhere)]
    [InlineData("--redis is needed", "verify", "x", "--on-cluster", "--store", "/nowhere")]
    [InlineData("--store is needed", "repair", "x", "--on-cluster", "--redis", Nowhere)]
    [InlineData("'some/folder' is no name of a dataset", "sample", "some/folder", "--index", "1", "--out", "y", "--on-cluster", "--store", "/nowhere", "--redis", Nowhere)]
    [InlineData("--pair: does not go with --on-cluster", "verify", "x", "--on-cluster", "--pair", "p", "--store", "/nowhere", "--redis", Nowhere)]
    [InlineData("--device: does not go with --on-cluster", "repair", "x", "--on-cluster", "--device", "cpu", "--store", "/nowhere", "--redis", Nowhere)]
    [InlineData("--redis 'redis://x:1'", "nodes", "--redis", "redis://x:1")]
    public async Task Wrong_command_lines_are_told_before_anybody_is_called(string words, params string[] args)
    {
        var told = await Cli.RunAsync(args);
        Assert.True(told.Code == 2, told.All);
        Assert.Contains(words, told.Error);
    }

    [Fact]
    public async Task Redis_that_is_down_and_a_cluster_without_silos_are_told_apart()
    {
        var down = await Cli.RunAsync("nodes", "--redis", Nowhere);
        Assert.True(down.Code == 1, down.All);
        Assert.Contains($"Redis at {Nowhere} does not answer", down.Error);
        Assert.Single(down.Error.TrimEnd().Split('\n'));

        await using var redis = await RedisServer.StartAsync(trial.Folder("redis"));
        var options = new HandsOffClientOptions { Redis = redis.Address, ConnectTimeout = TimeSpan.FromSeconds(1) };
        var empty = await Assert.ThrowsAsync<HandsOffException>(() => HandsOffClient.ConnectAsync(options));
        Assert.Contains("no silo of cluster 'handsoff' answers", empty.Message);
        Assert.Equal(HandsOffException.Failed, empty.ExitCode);
    }

    [Fact]
    public async Task Datasets_of_the_store_are_read_by_name_and_made_again_with_the_librarys_pair()
    {
        string root = trial.Folder("store");
        var made = await Cli.RunAsync([.. trial.Generate("store/by-name", 40, "--shard-size", "20")]);
        Assert.True(made.Code == 0, made.All);
        await ClusterPairs.Library(LocalFolderStore.Open(root), trial.Folder("elsewhere")).PutAsync(Pair.Load(trial.PairFolder), default);
        Environment.SetEnvironmentVariable("HANDSOFF__SILO__CACHE", trial.Folder("cache"));
        try
        {
            var verified = await Cli.RunAsync("verify", "by-name", "--store", root, "--regenerate", "1", "--device", "cpu", "--json");
            Assert.True(verified.Code == 0, verified.All);
            using var report = JsonDocument.Parse(verified.Output);
            Assert.Equal(40, report.RootElement.GetProperty("identical").GetInt32());
            var exported = await Cli.RunAsync("export", "by-name", "--store", root, "--format", "coco", "--first", "10", "--count", "25", "--out", trial.Folder("coco"), "--json");
            Assert.True(exported.Code == 0, exported.All);
            Assert.Equal(25, JsonDocument.Parse(exported.Output).RootElement.GetProperty("samples").GetInt32());
            Assert.Equal(0, (await Cli.RunAsync("sample", "by-name", "--store", root, "--index", "3", "--out", trial.Folder("alone"), "--device", "cpu")).Code);
            Assert.Equal(0, (await Cli.RunAsync("preview", "by-name", "--store", root, "--out", trial.Folder("sheet.png"))).Code);
        }
        finally
        {
            Environment.SetEnvironmentVariable("HANDSOFF__SILO__CACHE", null);
        }

        var missing = await Cli.RunAsync("verify", "nothing", "--store", root);
        Assert.True(missing.Code == 1, missing.All);
        Assert.Contains("nothing: holds no dataset", missing.Error);
    }

    [Theory]
    [InlineData(2, "--format", "yolo")]
    [InlineData(2, "--format", "coco", "--first", "99")]
    [InlineData(2, "--format", "coco", "--instances", "guess")]
    [InlineData(2, "--format", "folder", "--metadata", "xml")]
    [InlineData(2)]
    public async Task Wrong_exports_are_told(int code, params string[] args)
    {
        if (!Directory.Exists(trial.Folder("small"))) Assert.Equal(0, (await Cli.RunAsync(trial.Generate("small", 10))).Code);
        var told = await Cli.RunAsync(["export", trial.Folder("small"), "--out", trial.Folder("nowhere"), .. args]);
        Assert.True(told.Code == code, told.All);
        Assert.False(Directory.Exists(trial.Folder("nowhere")));
    }
}
