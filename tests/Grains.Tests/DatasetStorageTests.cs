using System.Text;
using HandsOff.Core;
using HandsOff.Core.Catalog;
using HandsOff.Core.Datasets;
using HandsOff.Core.Storage;
using HandsOff.Core.Tests.Datasets;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Tests.Fakes;

namespace HandsOff.Grains.Tests;

/// <summary>The coordinator's storage on a real store's semantics: catalog entries, tombstones, finishing.</summary>
public sealed class DatasetStorageTests
{
    private readonly MemoryStore _root = new();
    private readonly DatasetStorage _storage;
    private readonly string _dataset = BlobStores.Combine("az:root", "d1");

    public DatasetStorageTests() => _storage = new DatasetStorage(Measuring.Stores(), new ClusterRoot("az:root"), OpenAsync);

    [Fact]
    public async Task An_unfinished_dataset_is_in_the_catalog_with_its_settings_and_leaves_it_when_it_is_complete()
    {
        var opening = await _storage.OpenAsync(_dataset, Order() with { Weight = 3 }, default);
        Assert.Equal(new DatasetSettings(3), opening!.Settings);
        await _storage.SaveAsync(_dataset, new DatasetSettings(2, 5, Paused: true), default);
        Assert.Equal(new CatalogEntry("d1", 2, 5, true), await Catalog.FindAsync("d1", default));
        Assert.Equal(new DatasetSettings(2, 5, true), (await _storage.OpenAsync(_dataset, null, default))!.Settings);

        await Bench.MakeAsync(await OpenAsync(_dataset, false, default), Bench.Request(), 25, new FakeEngine());
        Assert.Empty(await _storage.FinalizeAsync(_dataset, opening, default));
        Assert.Null(await Catalog.FindAsync("d1", default));
        Assert.Equal(CancelOutcome.Finished, await _storage.CancelAsync(_dataset, default));
        await _storage.SaveAsync(_dataset, new DatasetSettings(9), default);
        Assert.Null(await Catalog.FindAsync("d1", default));
        Assert.True((await _storage.OpenAsync(_dataset, null, default)) is { Complete: true, Cancelled: false });
    }

    [Fact]
    public async Task A_cancelled_dataset_leaves_the_catalog_and_cannot_be_begun_again()
    {
        await _storage.OpenAsync(_dataset, Order(), default);
        Assert.Equal(CancelOutcome.Cancelled, await _storage.CancelAsync(_dataset, default));
        Assert.Equal(CancelOutcome.Cancelled, await _storage.CancelAsync(_dataset, default));
        Assert.Null(await Catalog.FindAsync("d1", default));
        Assert.True((await _storage.OpenAsync(_dataset, null, default)) is { Cancelled: true, Complete: false });
        await Assert.ThrowsAsync<HandsOffException>(() => _storage.OpenAsync(_dataset, Order(), default));
        Assert.Equal(CancelOutcome.Missing, await _storage.CancelAsync(BlobStores.Combine("az:root", "other"), default));
    }

    [Fact]
    public async Task Settings_that_are_kept_while_the_dataset_is_being_cancelled_do_not_bring_its_entry_back()
    {
        await _storage.OpenAsync(_dataset, Order(), default);
        var other = new DatasetStorage(Measuring.Stores(), new ClusterRoot("az:root"), (uri, _, _) => Task.FromResult<IBlobStore>(uri == "az:root" ? _root.Reopen() : new PrefixStore(_root.Reopen(), "d1")));
        bool cancelled = false;
        _root.Fault = (what, after) =>
        {
            if (after || cancelled || what != "replace .cluster/open/d1.json") return null;
            cancelled = true; // between the look and the entry
            Assert.Equal(CancelOutcome.Cancelled, other.CancelAsync(_dataset, default).GetAwaiter().GetResult());
            return null;
        };
        await _storage.SaveAsync(_dataset, new DatasetSettings(2), default);
        Assert.True(cancelled);
        Assert.Null(await Catalog.FindAsync("d1", default));
    }

    [Fact]
    public async Task A_dataset_outside_the_clusters_store_is_in_no_catalog()
    {
        Assert.Null((await _storage.OpenAsync("az:elsewhere/d1", Order(), default))!.Settings);
        Assert.DoesNotContain(_root.Blobs.Keys, k => k.StartsWith(".cluster/", StringComparison.Ordinal));
    }

    private DatasetCatalog Catalog => new(_root);

    private static DatasetOrder Order() => new(Encoding.UTF8.GetString(Bench.Request().ToJson()), 25);

    private Task<IBlobStore> OpenAsync(string uri, bool create, CancellationToken cancellationToken)
    {
        string prefix = BlobStores.ParseAzure(uri) is var (container, path) && container == "root" ? path : $"{container}-{path}";
        return Task.FromResult<IBlobStore>(prefix.Length == 0 ? _root : new PrefixStore(_root, prefix));
    }
}
