using HandsOff.Core.Catalog;
using HandsOff.Core.Pairs;
using HandsOff.Core.Storage;
using HandsOff.Core.Tests.Storage;

namespace HandsOff.Core.Tests.Catalog;

public sealed class PairLibraryTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly TemporaryFolder _folder = new();
    private readonly Pair _pair;
    private readonly LocalFolderStore _root;

    public PairLibraryTests()
    {
        _pair = TrialPair.Create(_folder["pair"], size: 8, calibrationSamples: 8);
        _root = LocalFolderStore.Create(_folder["root"]);
    }

    public void Dispose() => _folder.Dispose();

    private PairLibrary Library(string cache = "cache") => new(_root, _folder[cache]);

    private string InStore(string file) => Path.Combine(_folder["root"], ".cluster", "pairs", _pair.Digest, file);

    private string InCache(string file, string cache = "cache") => Path.Combine(_folder[cache], _pair.Digest, file);

    [Fact]
    public async Task A_pair_that_was_put_is_fetched_whole_on_another_machine()
    {
        await Library().PutAsync(_pair, None);
        await Library().PutAsync(_pair, None);
        var fetched = await Library("other").GetAsync(_pair.Digest, None);
        Assert.Equal(_pair.Digest, fetched.Digest);
        Assert.Equal(_pair.Name, fetched.Name);
        Assert.Equal([PairManifest.GeneratorFile, PairManifest.LabelerFile], fetched.Manifest.Files.Select(f => f.Name));
        Assert.Equal(File.ReadAllBytes(_pair.PathOf(PairManifest.GeneratorFile)!), File.ReadAllBytes(InCache(PairManifest.GeneratorFile, "other")));
        Assert.Equal([_pair.Digest], await Library().ListAsync(None).Select(p => p.Digest).ToArrayAsync(None));
    }

    [Fact]
    public async Task What_is_in_the_cache_is_not_fetched_again()
    {
        await Library().PutAsync(_pair, None);
        await Library().GetAsync(_pair.Digest, None);
        Directory.Delete(_folder["root"], recursive: true);
        Assert.Equal(_pair.Digest, (await Library().GetAsync(_pair.Digest, None)).Digest);
    }

    [Fact]
    public async Task Several_fetching_at_once_all_get_it_and_leave_nothing_else()
    {
        await Library().PutAsync(_pair, None);
        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Library().GetAsync(_pair.Digest, None))));
        Assert.All(all, p => Assert.Equal(_pair.Digest, p.Digest));
        Assert.Equal([_pair.Digest], Directory.GetFileSystemEntries(_folder["cache"]).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_damaged_copy_in_the_cache_is_fetched_again()
    {
        await Library().PutAsync(_pair, None);
        await Library().GetAsync(_pair.Digest, None);
        Flip(InCache(PairManifest.LabelerFile));
        await Library().GetAsync(_pair.Digest, None);
        Pair.Load(Path.Combine(_folder["cache"], _pair.Digest));
        Assert.Equal([_pair.Digest], Directory.GetFileSystemEntries(_folder["cache"]).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_pair_that_the_store_does_not_have_is_named_with_what_would_help()
    {
        var error = await Assert.ThrowsAsync<HandsOffException>(() => Library().GetAsync(_pair.Digest, None));
        Assert.Contains($"pair {_pair.Digest[..12]}: {_folder["root"]} does not have it", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pair_that_is_damaged_in_the_store_is_refused_and_not_kept()
    {
        await Library().PutAsync(_pair, None);
        Flip(InStore(PairManifest.GeneratorFile));
        var error = await Assert.ThrowsAsync<HandsOffException>(() => Library().GetAsync(_pair.Digest, None));
        Assert.Contains("damaged in the store", error.Message, StringComparison.Ordinal);
        Assert.Contains("SHA-256", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["cache"]));
    }

    [Fact]
    public async Task Half_a_pair_in_the_store_is_none_and_putting_it_again_completes_it()
    {
        await Library().PutAsync(_pair, None);
        File.Delete(InStore(PairManifest.FileName));
        await File.WriteAllTextAsync(InStore(PairManifest.LabelerFile), "cut", None);
        await Assert.ThrowsAsync<HandsOffException>(() => Library().GetAsync(_pair.Digest, None));
        Assert.Empty(await Library().ListAsync(None).ToArrayAsync(None));
        await Library().PutAsync(_pair, None);
        Assert.Equal(_pair.Digest, (await Library().GetAsync(_pair.Digest, None)).Digest);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../../../etc")]
    [InlineData("ABCDEF")]
    public async Task Only_a_digest_is_asked_for(string digest) =>
        Assert.Equal(2, (await Assert.ThrowsAsync<HandsOffException>(() => Library().GetAsync(digest, None))).ExitCode);

    private static void Flip(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
    }
}
