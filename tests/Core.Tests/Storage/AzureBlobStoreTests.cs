using Azure.Storage.Blobs;
using HandsOff.Core.Storage;
using HandsOff.Tests.Servers;

namespace HandsOff.Core.Tests.Storage;

/// <summary>What only the Azure store has to promise.</summary>
public sealed class AzureBlobStoreTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly string _container = $"c{Guid.NewGuid():n}";

    [Theory]
    [InlineData(TransferCheck.None, false)]
    [InlineData(TransferCheck.Md5, true)]
    public async Task Bytes_travel_with_the_checksum_that_was_chosen(TransferCheck check, bool summed)
    {
        var headers = new RecordedHeaders();
        var store = await azurite.StoreAsync(_container, check, headers);
        await store.CreateAsync("x", "content"u8.ToArray(), None);
        await using (var upload = await store.BeginUploadAsync("y", None))
        {
            await upload.Stream.WriteAsync("content"u8.ToArray(), None);
            Assert.True(await upload.CommitAsync(None));
        }

        Assert.Equal(summed ? 2 : 0, headers.Count("PUT", "Content-MD5"));
        foreach (string name in new[] { "x", "y" })
        {
            await using var stream = await store.OpenReadAsync(name, None);
            using var reader = new StreamReader(stream!);
            Assert.Equal("content", await reader.ReadToEndAsync(None));
        }

        Assert.Equal(summed ? 2 : 0, headers.Count("GET", "x-ms-range-get-content-md5"));
    }

    [Theory]
    [InlineData("MD5", TransferCheck.Md5)]
    [InlineData("none", TransferCheck.None)]
    [InlineData("Crc64", TransferCheck.Crc64)]
    public void A_transfer_check_is_read_by_name(string text, TransferCheck expected) => Assert.Equal(expected, BlobStores.ParseTransferCheck(text));

    [Theory]
    [InlineData("sha1")]
    [InlineData("1")]
    [InlineData("")]
    public void An_unknown_transfer_check_is_wrong_usage(string text)
    {
        var error = Assert.Throws<HandsOffException>(() => BlobStores.ParseTransferCheck(text));
        Assert.Equal(HandsOffException.WrongUsage, error.ExitCode);
        Assert.Contains("none, md5 or crc64", error.Message);
    }

    [Fact]
    public async Task A_missing_container_is_told_and_is_no_passing_trouble()
    {
        var client = new BlobContainerClient((await azurite.ServerAsync()).ConnectionString, _container, AzureBlobStore.ClientOptions());
        var error = await Assert.ThrowsAsync<HandsOffException>(() => AzureBlobStore.OpenAsync(client, "", create: false, None));
        Assert.Contains($"there is no container '{_container}'", error.Message);
        Assert.False(error.IsTransient);

        var store = await azurite.StoreAsync(_container);
        await client.DeleteAsync(cancellationToken: None);
        foreach (var call in new Func<Task>[] { () => store.ReadAsync("x", None), () => store.CreateAsync("x", new byte[1], None) })
        {
            error = await Assert.ThrowsAsync<HandsOffException>(call);
            Assert.Contains("there is no container", error.Message);
        }
    }

    [Fact]
    public async Task A_wrong_key_is_told_at_once_and_is_no_passing_trouble()
    {
        string right = (await azurite.ServerAsync()).ConnectionString, key = Convert.ToBase64String("another key"u8);
        string wrong = string.Join(';', right.Split(';').Select(part => part.StartsWith("AccountKey=", StringComparison.Ordinal) ? $"AccountKey={key}" : part));
        var error = await Assert.ThrowsAsync<HandsOffException>(() => AzureBlobStore.OpenAsync(new BlobContainerClient(wrong, _container, AzureBlobStore.ClientOptions()), "", create: true, None));
        Assert.Contains("access refused", error.Message);
        Assert.False(error.IsTransient);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public async Task A_store_that_cannot_be_reached_is_told_in_one_line_as_passing_trouble()
    {
        var options = AzureBlobStore.ClientOptions();
        options.Retry.MaxRetries = 1;
        var client = new BlobContainerClient(AzuriteServer.ConnectionStringAt(FreePort.Next()), _container, options);
        var error = await Assert.ThrowsAsync<HandsOffException>(() => AzureBlobStore.OpenAsync(client, "", create: true, None));
        Assert.Contains("cannot be reached", error.Message);
        Assert.True(error.IsTransient);
        Assert.DoesNotContain('\n', error.Message);
    }
}
