using HandsOff.Core.Datasets;
using HandsOff.Core.Storage;
using HandsOff.Core.Tests.Datasets;
using HandsOff.Core.Tests.Storage;

namespace HandsOff.Core.Tests.Clients;

/// <summary>clients/python against real datasets: in a folder, over HTTP with faults, and on Azurite with a signed request (tests/python/check_reader.py).</summary>
public sealed class PythonReaderTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    [Theory]
    [InlineData(ImageFormat.Png)]
    [InlineData(ImageFormat.Jpg)]
    public async Task It_reads_what_is_there_and_notices_what_was_changed(ImageFormat images)
    {
        string program = await Python.WithNumpyAsync();
        using var folder = new TemporaryFolder();
        await MakeAsync(LocalFolderStore.Create(folder["data"]), images);
        // A JPEG is only decoded where Pillow is installed; its bytes are read everywhere.
        Assert.StartsWith("ok: 25 samples", await Python.RunAsync(program, "check_reader.py", [folder["data"]]));
    }

    [Fact]
    public async Task It_reads_a_container_with_the_accounts_key()
    {
        string program = await Python.WithNumpyAsync();
        using var folder = new TemporaryFolder();
        await MakeAsync(LocalFolderStore.Create(folder["data"]), ImageFormat.Png);
        await MakeAsync(await azurite.StoreAsync("python-reader"), ImageFormat.Png);
        var server = await azurite.ServerAsync();
        string output = await Python.RunAsync(
            program, "check_reader.py", [folder["data"], "az:python-reader/some/where"], [(BlobStores.ConnectionStringVariable, server.ConnectionString)]);
        Assert.Contains("also from az:", output);
    }

    private static async Task MakeAsync(IBlobStore store, ImageFormat images)
    {
        await Bench.MakeAsync(store, Bench.Request(10, format: images), 25, new FakeEngine());
        Assert.True((await DatasetFinalizer.RunAsync(store, "test", null, default)).IsFinished);
    }
}
