using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using HandsOff.Core.Datasets.Encoding;
using HandsOff.Core.Storage;

namespace HandsOff.Core.Datasets.Reading;

/// <summary>Reads a shard's samples in order, in one pass over its tar, and checks the tar's SHA-256 on the way.</summary>
internal static class ShardStream
{
    /// <summary>
    /// The shard's samples. The digest is known only at the tar's end: whoever keeps something of them waits until the
    /// enumeration has ended without an exception.
    /// </summary>
    /// <exception cref="HandsOffException">The tar is missing, cut short, or not the one that the manifest names.</exception>
    public static async IAsyncEnumerable<StoredSample> ReadAsync(
        IBlobStore store, DatasetRequest request, ManifestShard shard, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var blob = shard.Blobs.First(b => b.Name.EndsWith(".tar", StringComparison.Ordinal));
        string place = $"{store.Description}/{blob.Name}";
        await using var tar = await store.OpenReadAsync(blob.Name, cancellationToken).ConfigureAwait(false) ?? throw Bad(place, "is missing");
        if (tar.Length != blob.Bytes) throw Bad(place, $"has {tar.Length} bytes, the manifest says {blob.Bytes}");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long left = blob.Bytes, index = shard.First;
        var members = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var header = new byte[TarFormat.Block];
        while (left >= header.Length)
        {
            await TakeAsync(header).ConfigureAwait(false);
            if (!TarFormat.TryReadHeader(header, place, out string name, out long size)) break;
            if (size + TarFormat.Padding(size) > left) throw Bad(place, "is damaged: a member is longer than the file");
            int dot = name.IndexOf('.', StringComparison.Ordinal);
            if (members.Count > 0 && name[..Math.Max(0, dot)] != SampleEncoder.Key(index))
            {
                yield return new StoredSample(request, index++, members);
                members = new Dictionary<string, byte[]>(StringComparer.Ordinal);
            }

            if (dot < 0 || name[..dot] != SampleEncoder.Key(index)) throw Bad(place, $"is damaged: has '{name}' where sample {index} should be");
            var body = new byte[size];
            await TakeAsync(body).ConfigureAwait(false);
            await TakeAsync(new byte[TarFormat.Padding(size)]).ConfigureAwait(false);
            members[name[(dot + 1)..]] = body;
        }

        if (members.Count > 0) yield return new StoredSample(request, index++, members);
        var rest = new byte[Math.Min(left, 1 << 16)];
        while (left > 0) await TakeAsync(rest.AsMemory(0, (int)Math.Min(left, rest.Length))).ConfigureAwait(false);
        if (Convert.ToHexStringLower(hash.GetHashAndReset()) != blob.Sha256) throw Bad(place, "is damaged: its SHA-256 is not the manifest's");
        if (index != shard.First + shard.Count) throw Bad(place, $"holds {index - shard.First} samples, the manifest says {shard.Count}");

        async Task TakeAsync(Memory<byte> into)
        {
            try
            {
                await tar.ReadExactlyAsync(into, cancellationToken).ConfigureAwait(false);
            }
            catch (EndOfStreamException)
            {
                throw Bad(place, "is cut short");
            }

            hash.AppendData(into.Span);
            left -= into.Length;
        }
    }

    private static HandsOffException Bad(string place, string what) => new($"{place}: {what}; handsoff repair makes it again");
}
