using System.Runtime.CompilerServices;
using HandsOff.Core.Datasets;
using HandsOff.Core.Storage;

namespace HandsOff.Core.Catalog;

/// <summary>
/// The datasets under a cluster's root. Every folder of a valid name is one; those that are not finished also have an entry
/// <c>.cluster/open/NAME.json</c>, by which a cluster that lost all its silos finds them again.
/// </summary>
public sealed class DatasetCatalog(IBlobStore root)
{
    /// <summary>The root's own folder; no dataset can have its name.</summary>
    internal const string ClusterFolder = ".cluster/";

    private const string Open = ClusterFolder + "open/";
    private const string Suffix = ".json";
    private const int MostTries = 20;

    /// <summary>The entry of an unfinished dataset, or null.</summary>
    /// <exception cref="HandsOffException">The entry cannot be understood.</exception>
    public async Task<CatalogEntry?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var found = await root.ReadAsync(BlobOf(name), cancellationToken).ConfigureAwait(false);
        return found is null ? null : Parse(found.Bytes, name);
    }

    /// <summary>The unfinished datasets, in the order of their names.</summary>
    /// <exception cref="HandsOffException">After the last one: an entry cannot be understood.</exception>
    public async IAsyncEnumerable<CatalogEntry> OpenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        HandsOffException? unreadable = null;
        await foreach (var blob in root.ListAsync(Open, cancellationToken).ConfigureAwait(false))
        {
            string name = blob.Name[Open.Length..];
            if (!name.EndsWith(Suffix, StringComparison.Ordinal) || !DatasetName.IsValid(name[..^Suffix.Length])) continue;
            CatalogEntry? entry = null;
            try
            {
                entry = await FindAsync(name[..^Suffix.Length], cancellationToken).ConfigureAwait(false);
            }
            catch (HandsOffException e)
            {
                unreadable ??= e; // the others must not suffer for it
            }

            if (entry is not null) yield return entry;
        }

        if (unreadable is not null) throw unreadable;
    }

    /// <summary>Enters a dataset, or replaces its entry; the last writer wins.</summary>
    /// <exception cref="HandsOffException">A field is out of range (exit code 2); the entry changes faster than it can be replaced.</exception>
    public async Task PutAsync(CatalogEntry entry, CancellationToken cancellationToken)
    {
        string blob = BlobOf(entry.Validate().Name);
        byte[] json = DatasetJson.Readable(entry);
        for (int attempt = 0; attempt < MostTries; attempt++)
        {
            if (await root.CreateAsync(blob, json, cancellationToken).ConfigureAwait(false)) return;
            var current = await root.ReadAsync(blob, cancellationToken).ConfigureAwait(false);
            if (current is null) continue;
            if (current.Bytes.AsSpan().SequenceEqual(json)) return;
            if (await root.ReplaceAsync(blob, json, current.ETag, cancellationToken).ConfigureAwait(false)) return;
        }

        throw new HandsOffException($"{root.Description}/{blob}: others keep changing it; try again");
    }

    /// <summary>Takes the entry out: the dataset is finished or cancelled. False when there is none.</summary>
    public Task<bool> RemoveAsync(string name, CancellationToken cancellationToken) => root.DeleteAsync(BlobOf(name), cancellationToken);

    /// <summary>All datasets' names, finished or not, in order. A folder that is named like a dataset and is none is among them.</summary>
    public async IAsyncEnumerable<string> NamesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (string folder in root.ListFoldersAsync("", cancellationToken).ConfigureAwait(false))
            if (DatasetName.IsValid(folder)) yield return folder;
    }

    private static string BlobOf(string name) => Open + DatasetName.Check(name) + Suffix;

    private CatalogEntry Parse(byte[] json, string name)
    {
        string where = $"{root.Description}/{BlobOf(name)}";
        var entry = DatasetJson.Read<CatalogEntry>(json, where).Validate();
        return entry.Name == name ? entry : throw new HandsOffException($"{where}: says it is dataset '{entry.Name}'");
    }
}
