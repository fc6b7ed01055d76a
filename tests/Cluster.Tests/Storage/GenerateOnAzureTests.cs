using System.Text.Json;
using HandsOff.Cluster.Tests.Support;
using HandsOff.Tests.Servers;

namespace HandsOff.Cluster.Tests.Storage;

/// <summary>The main job with its dataset in an Azure store.</summary>
public sealed class GenerateOnAzureTests(Oracle oracle) : IAsyncLifetime
{
    private const string Dataset = "az:data/sets/trial";

    private readonly TestFolder _folder = new();
    private AzuriteServer? _azurite;

    public async ValueTask InitializeAsync() => _azurite = await AzuriteServer.StartAsync(_folder["azurite"]);

    public async ValueTask DisposeAsync()
    {
        if (_azurite is not null) await _azurite.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_dataset_in_azure_equals_the_local_one_and_every_command_works_on_it()
    {
        const int Samples = 50, ShardSize = 20;
        var azure = Handsoff.Store(_azurite!.ConnectionString);
        await Handsoff.RequireAsync(azure, _folder, ["generate", .. oracle.Request(Samples, ShardSize), "--devices", "cpu", "--threads", "2", "--out", Dataset]);
        string copy = await Download.ToFolderAsync(_azurite.ConnectionString, Dataset, _folder["copy"]);
        await oracle.RequireEqualAsync(copy, Samples, ShardSize);

        Assert.Contains("50 samples in 3 shards", await Handsoff.RequireAsync(azure, _folder, "verify", Dataset));
        await Handsoff.RequireAsync(azure, _folder, "preview", Dataset, "--out", _folder["sheet.png"]);
        Assert.True(new FileInfo(_folder["sheet.png"]).Length > 0);
        await Handsoff.RequireAsync(azure, _folder, "sample", Dataset, "--pair", oracle.PairFolder, "--index", "33", "--out", _folder["one"]);
        using (var json = JsonDocument.Parse(await File.ReadAllBytesAsync(_folder["one/000000033.json"], TestContext.Current.CancellationToken)))
            Assert.Equal(33, json.RootElement.GetProperty("index").GetInt32());

        // A blob that vanished: verify says so, repair makes it again.
        var client = new Azure.Storage.Blobs.BlobContainerClient(_azurite.ConnectionString, "data");
        await client.GetBlobClient("sets/trial/shards/shard-000001.tar").DeleteAsync(cancellationToken: TestContext.Current.CancellationToken);
        var (code, output) = await Handsoff.RunAsync(azure, _folder, "verify", Dataset);
        Assert.Equal(1, code);
        Assert.Contains("shard-000001.tar", output);
        await Handsoff.RequireAsync(azure, _folder, "repair", Dataset, "--pair", oracle.PairFolder);
        await oracle.RequireEqualAsync(await Download.ToFolderAsync(_azurite.ConnectionString, Dataset, _folder["mended"]), Samples, ShardSize);
    }
}
