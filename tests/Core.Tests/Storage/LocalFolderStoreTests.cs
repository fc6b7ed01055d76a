using HandsOff.Core.Storage;

namespace HandsOff.Core.Tests.Storage;

public sealed class LocalFolderStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private static readonly CancellationToken None = CancellationToken.None;

    public void Dispose() => _folder.Dispose();

    private LocalFolderStore Store() => LocalFolderStore.Create(_folder["store"]);

    [Fact]
    public async Task A_dead_writers_temporary_file_is_swept_and_a_living_ones_is_not()
    {
        var living = await Store().BeginUploadAsync("a", None);
        File.WriteAllText(_folder["store/.tmp/dead"], "left by kill -9");
        await using (await Store().BeginUploadAsync("b", None)) Assert.False(File.Exists(_folder["store/.tmp/dead"]));
        await living.Stream.WriteAsync("alive"u8.ToArray());
        Assert.True(await living.CommitAsync(None));
        await living.DisposeAsync();
    }

    [Fact]
    public async Task A_lost_upload_can_be_kept_under_another_name_and_leaves_no_temporary_file()
    {
        var store = Store();
        await store.CreateAsync("s/t.tar", "first"u8.ToArray(), None);
        await using (var late = await store.BeginUploadAsync("s/t.tar", None))
        {
            await late.Stream.WriteAsync("late"u8.ToArray());
            Assert.False(await late.CommitAsync(None));
            Assert.True(await late.SaveAsAsync("violations/t.tar", None));
        }

        Assert.Equal("late"u8.ToArray(), (await store.ReadAsync("violations/t.tar", None))!.Bytes);
        Assert.False(Directory.Exists(_folder["store/.tmp"]));
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_told_at_once()
    {
        File.WriteAllText(_folder["file"], "");
        Assert.Contains("choose a folder", Assert.Throws<HandsOffException>(() => LocalFolderStore.Create(_folder["file"])).Message);
        Assert.Throws<HandsOffException>(() => LocalFolderStore.Create("/proc/handsoff"));
        Assert.Throws<HandsOffException>(() => LocalFolderStore.Open(_folder["nothing"]));
    }

    [Fact]
    public async Task A_full_disk_is_told_in_one_line()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        var store = Store();
        await using var guarded = new GuardedStream(new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0), e => store.Failure(e, "shards/x.tar"));
        var error = await Assert.ThrowsAsync<HandsOffException>(async () => await guarded.WriteAsync(new byte[10]));
        Assert.Contains("disk is full", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_shared_folder_that_does_not_answer_may_come_back_and_what_must_be_mended_does_not()
    {
        const int Io = 5, Stale = 116, HostDown = 112, ReadOnly = 30, NotAFolder = 20, NoSpace = 28;
        static bool Passes(Exception e) => StoreOutage.Is(StorageErrors.Of(e, "/data", "shards/x.tar"));
        foreach (int error in new[] { Io, Stale, HostDown }) Assert.True(Passes(new IOException("it is away", error)));
        foreach (int error in new[] { ReadOnly, NotAFolder, NoSpace }) Assert.False(Passes(new IOException("it is wrong", error)));
        foreach (var wrong in new Exception[] { new UnauthorizedAccessException(), new DirectoryNotFoundException(), new PathTooLongException() }) Assert.False(Passes(wrong));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_listed_is_told_as_any_other_trouble()
    {
        var store = Store();
        File.CreateSymbolicLink(_folder["store/receipts"], "receipts"); // what the system cannot follow
        Assert.StartsWith(store.Description, (await Assert.ThrowsAsync<HandsOffException>(async () => await store.ListAsync("receipts/", None).ToListAsync())).Message);
        await Assert.ThrowsAsync<HandsOffException>(async () => await store.ListFoldersAsync("receipts/", None).ToListAsync());
        Assert.Empty(await store.ListAsync("nothing/", None).ToListAsync());
    }

    [Fact]
    public void Azure_names_are_understood()
    {
        Assert.Equal(("data", ""), BlobStores.ParseAzure("az:data"));
        Assert.Equal(("data", "a/b"), BlobStores.ParseAzure("az:data/a/b/"));
        foreach (string wrong in new[] { "az:", "az:A", "az:da--ta", "az:data/../x", "data" }) Assert.Throws<HandsOffException>(() => BlobStores.ParseAzure(wrong));
    }
}
