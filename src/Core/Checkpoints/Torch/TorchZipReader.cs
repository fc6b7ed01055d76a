using System.IO.Compression;
using HandsOff.Core.Checkpoints.Pickle;

namespace HandsOff.Core.Checkpoints.Torch;

/// <summary>
/// The zip format of torch.save since version 1.6: NAME/data.pkl is the object's pickle, NAME/data/KEY each storage's raw
/// elements (stored, not compressed), NAME/byteorder "little" or "big" (absent in older files).
/// </summary>
internal static class TorchZipReader
{
    private const string ObjectEntry = "/data.pkl";

    /// <summary>The saved object of an archive in a file of <paramref name="fileLength"/> bytes; the archive must stay open until the tensors are loaded.</summary>
    public static object? Read(ZipArchive archive, long fileLength)
    {
        var main = archive.Entries.Where(e => e.FullName.EndsWith(ObjectEntry, StringComparison.Ordinal)).ToList();
        if (main.Count != 1) throw new PickleException("a zip file that torch.save did not write: it has no data.pkl");
        string folder = main[0].FullName[..^ObjectEntry.Length];
        if (archive.GetEntry($"{folder}/constants.pkl") is not null) throw new PickleException("a TorchScript archive (code); save the network's state_dict with torch.save instead");
        CheckByteOrder(archive.GetEntry($"{folder}/byteorder"), fileLength);

        var storages = new Dictionary<string, TorchStorage>(StringComparer.Ordinal);
        return PickleMachine.Read(new PickleSource(Bytes(main[0], main[0].Length, fileLength)), new InertGlobals(), id =>
        {
            var (key, type, count) = TorchStorage.ParseId(id);
            if (storages.TryGetValue(key, out var storage)) return storage; // several tensors may share one
            var entry = archive.GetEntry($"{folder}/data/{key}") ?? throw new PickleException($"cut short or broken: storage '{folder}/data/{key}' is missing");
            storage = new TorchStorage(type, count) { Reader = length => Bytes(entry, length, fileLength) };
            if (entry.Length != storage.ByteLength) throw new PickleException($"broken: storage '{entry.FullName}' has {entry.Length} bytes where its tensors say {storage.ByteLength}");
            return storages[key] = storage;
        });
    }

    private static void CheckByteOrder(ZipArchiveEntry? entry, long fileLength)
    {
        if (entry is null) return;
        string order = entry.Length <= 16 ? System.Text.Encoding.ASCII.GetString(Bytes(entry, entry.Length, fileLength).Span).Trim() : "unknown";
        if (order != "little") throw new PickleException($"a torch file of byte order '{order}': only little-endian files can be read");
    }

    private static ReadOnlyMemory<byte> Bytes(ZipArchiveEntry entry, long length, long fileLength)
    {
        // torch stores plainly; a compressed entry could unpack to any size.
        if (entry.CompressedLength != entry.Length) throw new PickleException($"refused: entry '{entry.FullName}' is compressed, which torch.save never does");
        if (length > fileLength) throw new PickleException($"cut short or broken: entry '{entry.FullName}' claims {length} bytes of a file of {fileLength}");
        if (length > Array.MaxLength) throw new PickleException($"entry '{entry.FullName}' of {length} bytes: pieces of 2 GiB or more are not supported");
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)length);
        using var stream = entry.Open();
        stream.ReadExactly(bytes);
        return bytes;
    }
}
