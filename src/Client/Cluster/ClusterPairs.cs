using HandsOff.Core;
using HandsOff.Core.Catalog;
using HandsOff.Core.Pairs;
using HandsOff.Core.Storage;
using HandsOff.Silo.Settings;

namespace HandsOff.Client.Cluster;

/// <summary>Pairs on this machine and in a cluster's library.</summary>
internal static class ClusterPairs
{
    /// <summary>The library of a cluster's store, with a cache on this machine.</summary>
    public static PairLibrary Library(IBlobStore root, string? cacheFolder) => new(root, cacheFolder ?? SiloSettings.DefaultCache());

    /// <summary>The pair in this folder, of this name under models/, or of this name or digest in the library.</summary>
    /// <exception cref="HandsOffException">None of them, or several in the library.</exception>
    public static async Task<Pair> FindAsync(string nameOrFolder, PairLibrary library, CancellationToken cancellationToken)
    {
        HandsOffException notHere;
        try
        {
            return Pair.Load(nameOrFolder);
        }
        catch (HandsOffException e)
        {
            if (Path.GetFileName(nameOrFolder) != nameOrFolder || Directory.Exists(nameOrFolder)) throw; // a folder was meant
            notHere = e;
        }

        var found = new List<PairManifest>();
        await foreach (var manifest in library.ListAsync(cancellationToken))
            if (manifest.Name == nameOrFolder || manifest.Digest == nameOrFolder) found.Add(manifest);
        return found switch
        {
            [] => throw new HandsOffException($"{notHere.Message}, nor in the cluster's library", notHere.ExitCode, notHere),
            [var one] => await library.GetAsync(one.Digest, cancellationToken),
            _ => throw new HandsOffException($"pair {nameOrFolder}: the cluster's library has several of that name ({string.Join(", ", found.Select(m => m.Digest[..12]))}); give the whole digest"),
        };
    }
}
