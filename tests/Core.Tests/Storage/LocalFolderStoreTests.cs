using HandsOff.Core.Storage;

namespace HandsOff.Core.Tests.Storage;

public sealed class LocalFolderStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private static readonly CancellationToken None = CancellationToken.None;

    public void Dispose() => _folder.Dispose();

    private LocalFolderStore Store() => LocalFolderStore.Create(_folder["store"]);

    [Fact]
    public async Task A_created_blob_is_read_back_and_never_overwritten()
    {
        var store = Store();
        Assert.Null(await store.ReadAsync("a/b.json", None));
        Assert.True(await store.CreateAsync("a/b.json", "one"u8.ToArray(), None));
        Assert.False(await store.CreateAsync("a/b.json", "two"u8.ToArray(), None));
        Assert.Equal("one"u8.ToArray(), (await store.ReadAsync("a/b.json", None))!.Bytes);
        Assert.Equal(3, (await store.StatAsync("a/b.json", None))!.Length);
        Assert.True(await store.DeleteAsync("a/b.json", None));
        Assert.False(await store.DeleteAsync("a/b.json", None));
    }

    [Fact]
    public async Task A_committed_blob_can_be_read_while_its_writer_still_holds_it()
    {
        var store = Store();
        await using var upload = await store.BeginUploadAsync("shards/x", None);
        await upload.Stream.WriteAsync("whole"u8.ToArray(), None);
        Assert.True(await upload.CommitAsync(None));
        Assert.Equal("whole"u8.ToArray(), (await store.ReadAsync("shards/x", None))!.Bytes);
    }

    [Fact]
    public async Task Of_many_racing_creators_one_wins_and_its_bytes_are_whole()
    {
        var stores = Enumerable.Range(0, 8).Select(_ => Store()).ToArray();
        bool[] won = await Task.WhenAll(stores.Select((s, i) => Task.Run(() => s.CreateAsync("x", Enumerable.Repeat((byte)i, 100_000).ToArray(), None))));
        Assert.Single(won, w => w);
        byte[] bytes = (await stores[0].ReadAsync("x", None))!.Bytes;
        Assert.Equal(100_000, bytes.Length);
        Assert.All(bytes, b => Assert.Equal(Array.IndexOf(won, true), b));
        Assert.False(Directory.Exists(_folder["store/.tmp"]));
    }

    [Fact]
    public async Task Replacing_needs_the_etag_of_what_is_there()
    {
        var store = Store();
        Assert.False(await store.ReplaceAsync("t", "x"u8.ToArray(), "none", None));
        await store.CreateAsync("t", "1000"u8.ToArray(), None);
        var seen = (await store.ReadAsync("t", None))!;
        Assert.True(await store.ReplaceAsync("t", "2000"u8.ToArray(), seen.ETag, None));
        Assert.False(await store.ReplaceAsync("t", "3000"u8.ToArray(), seen.ETag, None));
        Assert.Equal("2000"u8.ToArray(), (await store.ReadAsync("t", None))!.Bytes);
    }

    [Fact]
    public async Task Racing_replacements_lose_no_increment()
    {
        await Store().CreateAsync("n", "0"u8.ToArray(), None);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var store = Store();
            for (int done = 0; done < 10;)
            {
                var seen = (await store.ReadAsync("n", None))!;
                byte[] next = System.Text.Encoding.ASCII.GetBytes((int.Parse(seen.Bytes) + 1).ToString());
                if (await store.ReplaceAsync("n", next, seen.ETag, None)) done++;
            }
        })));
        Assert.Equal("40"u8.ToArray(), (await Store().ReadAsync("n", None))!.Bytes);
    }

    [Fact]
    public async Task An_upload_is_invisible_until_committed_and_leaves_nothing_when_dropped()
    {
        var store = Store();
        await using (var dropped = await store.BeginUploadAsync("s/t.tar", None))
        {
            await dropped.Stream.WriteAsync(new byte[300_000]);
            Assert.Empty(await Names(store, ""));
        }

        Assert.Empty(Directory.EnumerateFiles(_folder["store"], "*", SearchOption.AllDirectories));
        await using (var kept = await store.BeginUploadAsync("s/t.tar", None))
        {
            await kept.Stream.WriteAsync(new byte[300_000]);
            Assert.True(await kept.CommitAsync(None));
        }

        await using var late = await store.BeginUploadAsync("s/t.tar", None);
        await late.Stream.WriteAsync(new byte[5]);
        Assert.False(await late.CommitAsync(None));
        Assert.True(await late.SaveAsAsync("violations/t.tar", None));
        Assert.Equal(["s/t.tar", "violations/t.tar"], await Names(store, ""));
        Assert.Equal(["s/t.tar"], await Names(store, "s/"));
        Assert.Equal(300_000, (await store.StatAsync("s/t.tar", None))!.Length);
    }

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

    [Theory]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("/etc/x")]
    [InlineData("a//b")]
    [InlineData("")]
    [InlineData("a\\b")]
    [InlineData(".tmp/x")]
    [InlineData("a/./b")]
    public async Task Names_that_could_leave_the_store_are_refused(string name)
    {
        await Assert.ThrowsAsync<HandsOffException>(() => Store().CreateAsync(name, new byte[1], None));
        await Assert.ThrowsAsync<HandsOffException>(() => new PrefixStore(Store(), "part").CreateAsync(name, new byte[1], None));
    }

    [Fact]
    public async Task A_part_of_a_store_sees_its_own_names_only()
    {
        var store = Store();
        var part = new PrefixStore(store, "one");
        await part.CreateAsync("x", new byte[1], None);
        await store.CreateAsync("other", new byte[1], None);
        Assert.Equal(["x"], await Names(part, ""));
        Assert.Equal(["one/x", "other"], await Names(store, ""));
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
    public void Azure_names_are_understood()
    {
        Assert.Equal(("data", ""), BlobStores.ParseAzure("az:data"));
        Assert.Equal(("data", "a/b"), BlobStores.ParseAzure("az:data/a/b/"));
        foreach (string wrong in new[] { "az:", "az:A", "az:da--ta", "az:data/../x", "data" }) Assert.Throws<HandsOffException>(() => BlobStores.ParseAzure(wrong));
    }

    private static async Task<List<string>> Names(IBlobStore store, string prefix)
    {
        var names = new List<string>();
        await foreach (var entry in store.ListAsync(prefix, None)) names.Add(entry.Name);
        return names;
    }
}
