using System.Numerics;
using HandsOff.Core.Checkpoints.Pickle;
using HandsOff.Core.Tensors;

namespace HandsOff.Core.Checkpoints.Torch;

/// <summary>
/// The format torch.save wrote before version 1.6 and still writes inside pickles: a magic number, a protocol version
/// and the machine's properties (a pickle each), the object's pickle, the list of storage keys, then each storage as an
/// 8-byte element count and its raw elements.
/// </summary>
internal static class TorchLegacyReader
{
    private const long ProtocolVersion = 1001;
    private static readonly BigInteger Magic = (new BigInteger(0x1950) << 64) | 0xa86a20f9469cfc6cUL;

    public static bool IsMagic(object? value) => value is BigInteger number && number == Magic;

    /// <summary>The stand-in for torch.storage._load_from_bytes: a storage pickled inside another pickle.</summary>
    public static TorchStorage LoadFromBytes(PickleTuple arguments)
    {
        if (arguments[0] is not ReadOnlyMemory<byte> bytes) throw new PickleException("broken: a storage without its bytes");
        var source = new PickleSource(bytes);
        var globals = new InertGlobals(nested: true);
        if (!IsMagic(PickleMachine.Read(source, globals))) throw new PickleException("broken: a storage that torch.save did not write");
        return ReadAfterMagic(source, globals) as TorchStorage ?? throw new PickleException("broken: a storage is expected where something else lies");
    }

    /// <summary>Reads on after the magic number and gives the saved object, its storages filled.</summary>
    public static object? ReadAfterMagic(PickleSource source, InertGlobals globals)
    {
        if (PickleMachine.Read(source, globals) is not ProtocolVersion) throw new PickleException("a torch file of an unknown version (1001 can be read)");
        if (PickleMachine.Read(source, globals) is not PickleDict machine || machine["little_endian"] is not true)
            throw new PickleException("a torch file written on a big-endian machine, which cannot be read");

        var storages = new Dictionary<string, TorchStorage>(StringComparer.Ordinal);
        object? root = PickleMachine.Read(source, globals, id =>
        {
            var (key, type, count) = TorchStorage.ParseId(id);
            if (!storages.TryGetValue(key, out var storage)) storages[key] = storage = new TorchStorage(type, count);
            return storage;
        });

        if (PickleMachine.Read(source, globals) is not PickleList keys) throw new PickleException("broken: the list of storages is missing");
        foreach (object? item in keys.Items)
        {
            if (item is not string key || !storages.TryGetValue(key, out var storage) || storage.HasData)
                throw new PickleException("broken: its list of storages names others than its tensors use");
            long count = source.Int64();
            if (count != storage.ByteLength / ScalarTypes.SizeOf(storage.Type)) throw new PickleException("broken: a storage of another size than its tensors say");
            storage.Data = source.Bytes(storage.ByteLength);
        }

        return storages.Values.All(s => s.HasData) ? root : throw new PickleException("cut short: a storage is missing");
    }
}
