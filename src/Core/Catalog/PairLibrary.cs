using System.Runtime.CompilerServices;
using HandsOff.Core.Pairs;
using HandsOff.Core.Storage;

namespace HandsOff.Core.Catalog;

/// <summary>
/// The pairs of a cluster, content-addressed: <c>.cluster/pairs/DIGEST/</c> under its root holds what a node needs to run one
/// (pair.json, generator, labeler). A node keeps what it fetched in a folder of its own; both sides are checked by digest.
/// </summary>
/// <param name="root">The cluster's root.</param>
/// <param name="cacheFolder">Where fetched pairs are kept; made when missing. Several processes may share it.</param>
/// <param name="time">The clock by which abandoned downloads are removed.</param>
public sealed class PairLibrary(IBlobStore root, string cacheFolder, TimeProvider? time = null)
{
    private const string Pairs = DatasetCatalog.ClusterFolder + "pairs/";
    private const string Download = ".download-";
    private static readonly TimeSpan s_abandonedAfter = TimeSpan.FromHours(6);
    private static readonly string[] s_needed = [PairManifest.GeneratorFile, PairManifest.LabelerFile];

    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>
    /// Puts a pair into the store; nothing is sent when it is there. Its manifest comes last, so a pair is there whole or not
    /// at all. Card, sheet and encoder stay behind: they are no part of the digest, and no node needs them.
    /// </summary>
    public async Task PutAsync(Pair pair, CancellationToken cancellationToken)
    {
        string folder = FolderOf(pair.Digest), manifest = folder + PairManifest.FileName;
        var kept = pair.Manifest with { Files = [.. s_needed.Select(f => pair.Manifest.FileNamed(f)!)] };
        foreach (var file in kept.Files)
        {
            string blob = folder + file.Name;
            var there = await root.StatAsync(blob, cancellationToken).ConfigureAwait(false);
            if (there?.Length == file.Bytes) continue;
            if (there is not null) await root.DeleteAsync(blob, cancellationToken).ConfigureAwait(false); // of another length: damaged
            await using var source = File.OpenRead(Path.Combine(pair.Folder, file.Name));
            await using var upload = await root.BeginUploadAsync(blob, cancellationToken).ConfigureAwait(false);
            await source.CopyToAsync(upload.Stream, cancellationToken).ConfigureAwait(false);
            await upload.CommitAsync(cancellationToken).ConfigureAwait(false); // false: somebody else has just put the same
        }

        await root.CreateAsync(manifest, kept.ToJson(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The pair of this digest, from the cache folder or fetched into it; whole and checked when it returns.</summary>
    /// <exception cref="HandsOffException">The store has no such pair; what it has is damaged; the folder cannot be written to.</exception>
    public async Task<Pair> GetAsync(string digest, CancellationToken cancellationToken)
    {
        CheckDigest(digest);
        string folder = Path.Combine(Path.GetFullPath(cacheFolder), digest);
        try
        {
            if (Cached(folder, digest) is { } cached) return cached;
            Directory.CreateDirectory(cacheFolder);
            Sweep();
            string download = Path.Combine(Path.GetFullPath(cacheFolder), Download + Guid.NewGuid().ToString("n"));
            try
            {
                await FetchAsync(digest, download, cancellationToken).ConfigureAwait(false);
                for (int attempt = 0; attempt < 3 && !TryMove(download, folder); attempt++)
                    if (Cached(folder, digest) is { } theirs) return theirs; // another process was faster
                return Cached(folder, digest) ?? throw new HandsOffException($"{folder}: cannot be kept there; remove it");
            }
            finally
            {
                if (Directory.Exists(download)) Directory.Delete(download, recursive: true);
            }
        }
        catch (Exception e) when (StorageErrors.IsOurs(e))
        {
            throw StorageErrors.Of(e, folder, "the pair");
        }
    }

    /// <summary>What the store says of its pairs, in the order of their digests.</summary>
    public async IAsyncEnumerable<PairManifest> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (string folder in root.ListFoldersAsync(Pairs, cancellationToken).ConfigureAwait(false))
        {
            string blob = $"{folder}/{PairManifest.FileName}";
            var found = await root.ReadAsync(blob, cancellationToken).ConfigureAwait(false);
            if (found is not null) yield return PairManifest.Parse(found.Bytes, $"{root.Description}/{blob}");
        }
    }

    private async Task FetchAsync(string digest, string folder, CancellationToken cancellationToken)
    {
        string blobs = FolderOf(digest), where = $"{root.Description}/{blobs}";
        var manifest = await root.ReadAsync(blobs + PairManifest.FileName, cancellationToken).ConfigureAwait(false)
            ?? throw new HandsOffException($"pair {digest[..12]}: {root.Description} does not have it; 'handsoff submit' with the pair puts it there");
        var parsed = PairManifest.Parse(manifest.Bytes, where + PairManifest.FileName);
        if (parsed.Digest != digest) throw new HandsOffException($"{where}: holds the pair {parsed.Digest[..12]}; remove it and submit the dataset again");
        Directory.CreateDirectory(folder);
        foreach (var file in parsed.Files)
        {
            await using var blob = await root.OpenReadAsync(blobs + file.Name, cancellationToken).ConfigureAwait(false)
                ?? throw new HandsOffException($"{where}{file.Name}: missing; 'handsoff submit' with the pair puts it there again");
            await using var target = File.Create(Path.Combine(folder, file.Name));
            await blob.CopyToAsync(target, cancellationToken).ConfigureAwait(false);
        }

        await File.WriteAllBytesAsync(Path.Combine(folder, PairManifest.FileName), manifest.Bytes, cancellationToken).ConfigureAwait(false);
        try
        {
            Pair.Load(folder);
        }
        catch (HandsOffException e)
        {
            string what = e.Message.Replace(folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
            throw new HandsOffException($"{where}: the pair is damaged in the store ({what}); remove it there and submit the dataset again", HandsOffException.Failed, e);
        }
    }

    /// <summary>The pair in the cache folder; null when there is none, or when it was damaged and is removed.</summary>
    private static Pair? Cached(string folder, string digest)
    {
        if (!Directory.Exists(folder)) return null;
        try
        {
            var pair = Pair.Load(folder);
            if (pair.Digest == digest) return pair;
        }
        catch (HandsOffException)
        {
            // Damaged: fetched again.
        }

        // Moved first, so that no other process sees half a folder.
        string rest = Path.Combine(Path.GetDirectoryName(folder)!, Download + Guid.NewGuid().ToString("n"));
        if (TryMove(folder, rest)) Directory.Delete(rest, recursive: true);
        return null;
    }

    private static bool TryMove(string from, string to)
    {
        try
        {
            Directory.Move(from, to);
            return true;
        }
        catch (IOException) when (Directory.Exists(to) || !Directory.Exists(from))
        {
            return false;
        }
    }

    /// <summary>Removes downloads that a killed process left.</summary>
    private void Sweep()
    {
        var newest = _time.GetUtcNow().UtcDateTime - s_abandonedAfter;
        foreach (var left in new DirectoryInfo(cacheFolder).EnumerateDirectories(Download + "*"))
            if (left.LastWriteTimeUtc < newest) left.Delete(recursive: true);
    }

    private static string FolderOf(string digest) => $"{Pairs}{CheckDigest(digest)}/";

    private static string CheckDigest(string digest) => digest.Length == 64 && digest.All(char.IsAsciiHexDigitLower)
        ? digest
        : throw HandsOffException.Usage($"pair digest '{digest}': should be 64 lower-case hex digits");
}
