using HandsOff.Core.Catalog;
using HandsOff.Core.Storage;
using HandsOff.Core.Tests.Storage;

namespace HandsOff.Core.Tests.Catalog;

public sealed class DatasetCatalogTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private LocalFolderStore Root() => LocalFolderStore.Create(_folder["root"]);

    [Fact]
    public async Task An_entry_is_found_changed_listed_and_removed()
    {
        var catalog = new DatasetCatalog(Root());
        Assert.Null(await catalog.FindAsync("street-1", None));
        await catalog.PutAsync(new CatalogEntry("street-1"), None);
        var changed = new CatalogEntry("street-1", 2.5, -3, Paused: true);
        await catalog.PutAsync(changed, None);
        await catalog.PutAsync(new CatalogEntry("a.b_c"), None);
        Assert.Equal(changed, await catalog.FindAsync("street-1", None));
        Assert.Equal([new CatalogEntry("a.b_c"), changed], await catalog.OpenAsync(None).ToArrayAsync(None));
        Assert.True(await catalog.RemoveAsync("street-1", None));
        Assert.False(await catalog.RemoveAsync("street-1", None));
        Assert.Equal(["a.b_c"], await catalog.OpenAsync(None).Select(e => e.Name).ToArrayAsync(None));
    }

    [Fact]
    public async Task Racing_writers_leave_one_whole_entry()
    {
        var catalogs = Enumerable.Range(0, 8).Select(_ => new DatasetCatalog(Root())).ToArray();
        await Task.WhenAll(catalogs.Select((c, i) => c.PutAsync(new CatalogEntry("x", i + 1), None)));
        Assert.InRange((await catalogs[0].FindAsync("x", None))!.Weight, 1, 8);
    }

    [Fact]
    public async Task Names_are_the_folders_of_valid_names_finished_or_not()
    {
        var root = Root();
        foreach (string name in new[] { "b/request.json", "a/shards/x.tar", "a/request.json", ".cluster/open/c.json", "UPPER/request.json", "file" })
            await root.CreateAsync(name, "{}"u8.ToArray(), None);
        Assert.Equal(["a", "b"], await new DatasetCatalog(root).NamesAsync(None).ToArrayAsync(None));
    }

    [Fact]
    public async Task One_unreadable_entry_does_not_hide_the_others_and_is_named()
    {
        var root = Root();
        var catalog = new DatasetCatalog(root);
        await catalog.PutAsync(new CatalogEntry("b"), None);
        await root.CreateAsync(".cluster/open/a.json", "{ \"name\":"u8.ToArray(), None);
        var seen = new List<string>();
        var error = await Assert.ThrowsAsync<HandsOffException>(async () =>
        {
            await foreach (var entry in catalog.OpenAsync(None)) seen.Add(entry.Name);
        });
        Assert.Equal(["b"], seen);
        Assert.Contains(".cluster/open/a.json", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("../x")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData(".cluster")]
    [InlineData("-a")]
    [InlineData("Street")]
    [InlineData("a\n")]
    [InlineData("é")]
    public async Task Names_that_could_leave_the_root_are_refused(string name)
    {
        Assert.False(DatasetName.IsValid(name));
        var catalog = new DatasetCatalog(Root());
        Assert.Equal(2, (await Assert.ThrowsAsync<HandsOffException>(() => catalog.FindAsync(name, None))).ExitCode);
        Assert.Equal(2, (await Assert.ThrowsAsync<HandsOffException>(() => catalog.PutAsync(new CatalogEntry(name), None))).ExitCode);
        Assert.Equal(2, (await Assert.ThrowsAsync<HandsOffException>(() => catalog.RemoveAsync(name, None))).ExitCode);
    }

    [Fact]
    public void A_name_has_at_most_a_hundred_characters()
    {
        Assert.True(DatasetName.IsValid(new string('a', 100)));
        Assert.False(DatasetName.IsValid(new string('a', 101)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_weight_is_a_number_above_zero(double weight) =>
        Assert.Equal(2, Assert.Throws<HandsOffException>(() => new CatalogEntry("a", weight).Validate()).ExitCode);

    [Theory]
    [InlineData("/data/x", "/data/x/name")]
    [InlineData("/data/x/", "/data/x/name")]
    [InlineData("/data/y/../x", "/data/x/name")]
    [InlineData("az:box", "az:box/name")]
    [InlineData("az:box/", "az:box/name")]
    [InlineData("az:box/a/b/", "az:box/a/b/name")]
    public void A_part_of_a_root_has_one_name_however_the_root_is_written(string root, string expected) =>
        Assert.Equal(expected, BlobStores.Combine(root, "name"));

    [Theory]
    [InlineData("/data", "../name")]
    [InlineData("/data", "/name")]
    [InlineData("az:box", "..")]
    [InlineData("az:B", "name")]
    public void A_part_cannot_leave_its_root(string root, string name) =>
        Assert.Throws<HandsOffException>(() => BlobStores.Combine(root, name));
}
