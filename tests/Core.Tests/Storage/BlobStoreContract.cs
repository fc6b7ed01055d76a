using System.Security.Cryptography;
using HandsOff.Core.Storage;

namespace HandsOff.Core.Tests.Storage;

/// <summary>What every store promises, whatever it is made of.</summary>
public abstract class BlobStoreContract
{
    protected static readonly CancellationToken None = CancellationToken.None;

    /// <summary>A store over the same empty place at every call within a test.</summary>
    protected abstract Task<IBlobStore> StoreAsync();

    [Fact]
    public async Task A_created_blob_is_read_back_and_never_overwritten()
    {
        var store = await StoreAsync();
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
        var store = await StoreAsync();
        await using var upload = await store.BeginUploadAsync("shards/x", None);
        await upload.Stream.WriteAsync("whole"u8.ToArray(), None);
        Assert.True(await upload.CommitAsync(None));
        Assert.Equal("whole"u8.ToArray(), (await store.ReadAsync("shards/x", None))!.Bytes);
    }

    [Fact]
    public async Task Of_many_racing_creators_one_wins_and_its_bytes_are_whole()
    {
        var stores = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => StoreAsync()));
        bool[] won = await Task.WhenAll(stores.Select((s, i) => Task.Run(() => s.CreateAsync("x", Enumerable.Repeat((byte)i, 100_000).ToArray(), None))));
        Assert.Single(won, w => w);
        byte[] bytes = (await stores[0].ReadAsync("x", None))!.Bytes;
        Assert.Equal(100_000, bytes.Length);
        Assert.All(bytes, b => Assert.Equal(Array.IndexOf(won, true), b));
    }

    [Fact]
    public async Task Replacing_needs_the_etag_of_what_is_there()
    {
        var store = await StoreAsync();
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
        await (await StoreAsync()).CreateAsync("n", "0"u8.ToArray(), None);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var store = await StoreAsync();
            for (int done = 0; done < 10;)
            {
                var seen = (await store.ReadAsync("n", None))!;
                byte[] next = System.Text.Encoding.ASCII.GetBytes((int.Parse(seen.Bytes) + 1).ToString());
                if (await store.ReplaceAsync("n", next, seen.ETag, None)) done++;
            }
        })));
        Assert.Equal("40"u8.ToArray(), (await (await StoreAsync()).ReadAsync("n", None))!.Bytes);
    }

    [Fact]
    public async Task An_upload_is_invisible_until_committed_and_leaves_nothing_when_dropped()
    {
        var store = await StoreAsync();
        await using (var dropped = await store.BeginUploadAsync("s/t.tar", None))
        {
            await dropped.Stream.WriteAsync(new byte[300_000]);
            Assert.Empty(await Names(store, ""));
        }

        Assert.Empty(await Names(store, ""));
        await using (var kept = await store.BeginUploadAsync("s/t.tar", None))
        {
            await kept.Stream.WriteAsync(new byte[300_000]);
            Assert.True(await kept.CommitAsync(None));
        }

        await using var late = await store.BeginUploadAsync("s/t.tar", None);
        await late.Stream.WriteAsync(new byte[5]);
        Assert.False(await late.CommitAsync(None));
        Assert.Equal(["s/t.tar"], await Names(store, "s/"));
        Assert.Equal(300_000, (await store.StatAsync("s/t.tar", None))!.Length);
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
        var store = await StoreAsync();
        await Assert.ThrowsAsync<HandsOffException>(() => store.CreateAsync(name, new byte[1], None));
        await Assert.ThrowsAsync<HandsOffException>(() => new PrefixStore(store, "part").CreateAsync(name, new byte[1], None));
    }

    [Fact]
    public async Task A_part_of_a_store_sees_its_own_names_only()
    {
        var store = await StoreAsync();
        var part = new PrefixStore(store, "one");
        await part.CreateAsync("x", new byte[1], None);
        await store.CreateAsync("other", new byte[1], None);
        Assert.Equal(["x"], await Names(part, ""));
        Assert.Equal(["one/x", "other"], await Names(store, ""));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4 << 20)]
    [InlineData((8 << 20) + 12_345)]
    public async Task An_uploaded_blob_is_read_back_bit_for_bit_whatever_its_length(int length)
    {
        var store = await StoreAsync();
        byte[] content = Bytes(length);
        await using (var upload = await store.BeginUploadAsync("shards/big.tar", None))
        {
            for (int at = 0; at < length; at += 1_000_001) await upload.Stream.WriteAsync(content.AsMemory(at, Math.Min(1_000_001, length - at)));
            Assert.True(await upload.CommitAsync(None));
        }

        Assert.Equal(length, (await store.StatAsync("shards/big.tar", None))!.Length);
        Assert.Equal(SHA256.HashData(content), SHA256.HashData((await store.ReadAsync("shards/big.tar", None))!.Bytes));
        await using var stream = await store.OpenReadAsync("shards/big.tar", None);
        Assert.Equal(length, stream!.Length);
        Assert.Equal(SHA256.HashData(content), await SHA256.HashDataAsync(stream));
    }

    [Fact]
    public async Task Of_two_uploads_of_one_name_that_interleave_the_first_to_commit_wins_whole()
    {
        var store = await StoreAsync();
        byte[] ours = Bytes(9 << 20), theirs = [.. ours.Select(b => (byte)~b)];
        await using var first = await store.BeginUploadAsync("x.tar", None);
        await using var second = await (await StoreAsync()).BeginUploadAsync("x.tar", None);
        for (int at = 0; at < ours.Length; at += 1 << 20)
        {
            await first.Stream.WriteAsync(ours.AsMemory(at, 1 << 20));
            await second.Stream.WriteAsync(theirs.AsMemory(at, 1 << 20));
        }

        Assert.True(await second.CommitAsync(None));
        Assert.False(await first.CommitAsync(None));
        Assert.Equal(SHA256.HashData(theirs), SHA256.HashData((await store.ReadAsync("x.tar", None))!.Bytes));
    }

    [Fact]
    public async Task Of_two_uploads_of_one_name_the_one_whose_blocks_were_written_first_may_win_whole_too()
    {
        var store = await StoreAsync();
        byte[] ours = Bytes(9 << 20), theirs = [.. ours.Select(b => (byte)~b)];
        await using var first = await store.BeginUploadAsync("x.tar", None);
        await using var second = await (await StoreAsync()).BeginUploadAsync("x.tar", None);
        await first.Stream.WriteAsync(ours);
        await second.Stream.WriteAsync(theirs);
        Assert.True(await first.CommitAsync(None));
        Assert.False(await second.CommitAsync(None));
        Assert.Equal(SHA256.HashData(ours), SHA256.HashData((await store.ReadAsync("x.tar", None))!.Bytes));
    }

    [Fact]
    public async Task An_upload_begun_after_another_was_committed_is_refused_and_changes_nothing()
    {
        var store = await StoreAsync();
        foreach (var (bytes, wins) in new[] { (Bytes(5 << 20), true), ("small"u8.ToArray(), false) })
        {
            await using var upload = await store.BeginUploadAsync("x.tar", None);
            await upload.Stream.WriteAsync(bytes);
            Assert.Equal(wins, await upload.CommitAsync(None));
        }

        Assert.Equal(5 << 20, (await store.StatAsync("x.tar", None))!.Length);
    }

    [Fact]
    public async Task A_dropped_upload_does_not_hinder_the_next_one_of_its_name()
    {
        var store = await StoreAsync();
        await using (var dropped = await store.BeginUploadAsync("x.tar", None)) await dropped.Stream.WriteAsync(Bytes(5 << 20));
        await using var next = await store.BeginUploadAsync("x.tar", None);
        await next.Stream.WriteAsync("small"u8.ToArray());
        Assert.True(await next.CommitAsync(None));
        Assert.Equal("small"u8.ToArray(), (await store.ReadAsync("x.tar", None))!.Bytes);
    }

    [Fact]
    public async Task Names_are_listed_in_ordinal_order_with_their_lengths()
    {
        var store = await StoreAsync();
        string[] names = ["a-b", "a/b", "a/b c+%20", "a0", "b/A", "b/a", "receipts/000000.json", "receipts/000000-n5.json", "receipts/000001.json"];
        foreach (string name in names) await store.CreateAsync(name, Bytes(name.Length), None);
        var found = new List<BlobEntry>();
        await foreach (var entry in store.ListAsync("", None)) found.Add(entry);
        Assert.Equal(names.Order(StringComparer.Ordinal), found.Select(e => e.Name));
        Assert.All(found, e => Assert.Equal(e.Name.Length, e.Length));
        Assert.Equal(["a/b", "a/b c+%20"], await Names(store, "a/"));
        Assert.Equal(["receipts/000000-n5.json", "receipts/000000.json"], await Names(store, "receipts/000000"));
        Assert.Empty(await Names(store, "nothing/"));
    }

    [Fact]
    public async Task Folders_are_named_without_what_lies_in_them()
    {
        var store = await StoreAsync();
        foreach (string name in new[] { "p/b/1", "p/b/2", "p/a/deep/er", "p/file", "q/x", "pp/x", "p/gone/x" }) await store.CreateAsync(name, "x"u8.ToArray(), None);
        await store.DeleteAsync("p/gone/x", None);
        Assert.Equal(["p/a", "p/b"], await store.ListFoldersAsync("p/", None).ToArrayAsync(None));
        Assert.Equal(["p", "pp", "q"], await store.ListFoldersAsync("", None).ToArrayAsync(None));
        Assert.Equal(["a", "b"], await new PrefixStore(store, "p").ListFoldersAsync("", None).ToArrayAsync(None));
        Assert.Empty(await store.ListFoldersAsync("none/", None).ToArrayAsync(None));
        await Assert.ThrowsAsync<HandsOffException>(async () => await store.ListFoldersAsync("p", None).ToArrayAsync(None));
    }

    [Fact]
    public async Task What_is_not_there_is_null_or_false()
    {
        var store = await StoreAsync();
        Assert.Null(await store.ReadAsync("no", None));
        Assert.Null(await store.OpenReadAsync("no", None));
        Assert.Null(await store.StatAsync("no", None));
        Assert.False(await store.DeleteAsync("no", None));
        Assert.False(await store.ReplaceAsync("no", new byte[1], "0x8D", None));
    }

    [Fact]
    public async Task A_cancelled_call_is_cancelled_and_not_a_failure_of_the_store()
    {
        var store = await StoreAsync();
        await store.CreateAsync("x", new byte[1], None);
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.BeginUploadAsync("y", cancelled));
        await using var upload = await store.BeginUploadAsync("z", None);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upload.CommitAsync(cancelled));
        Assert.Equal(["x"], await Names(store, ""));
    }

    protected static async Task<List<string>> Names(IBlobStore store, string prefix)
    {
        var names = new List<string>();
        await foreach (var entry in store.ListAsync(prefix, None)) names.Add(entry.Name);
        return names;
    }

    private static byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) bytes[i] = (byte)(i * 31 + (i >> 11));
        return bytes;
    }
}
