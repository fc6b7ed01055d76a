using System.Formats.Tar;
using System.Security.Cryptography;
using HandsOff.Core;
using HandsOff.Core.Datasets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace HandsOff.Silo.Api;

/// <summary>Samples as HTTP answers.</summary>
internal static class SampleAnswers
{
    /// <summary>Which header says whether the sample came from its shard or was made for the answer.</summary>
    public const string SourceHeader = "HandsOff-Source";

    private const int Ahead = 4;

    /// <summary>
    /// Bytes with their SHA-256 as ETag. A virtual dataset's address means the same bytes for ever; a name may come to mean another
    /// dataset, so its answers are kept but asked for again.
    /// </summary>
    public static FileContentHttpResult Bytes(HttpContext context, byte[] bytes, string type, bool forEver, bool? stored = null)
    {
        context.Response.Headers.CacheControl = forEver ? "private, max-age=31536000, immutable" : "private, no-cache";
        if (stored is { } there) context.Response.Headers[SourceHeader] = there ? "stored" : "made";
        return TypedResults.Bytes(bytes, type, entityTag: new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))}\""));
    }

    /// <summary>The part of a sample that the address asks for.</summary>
    /// <exception cref="NotFoundException">The dataset does not have this kind of label.</exception>
    public static (byte[] Bytes, string Type) Part(StoredSample sample, DatasetRequest request, SamplePart part)
    {
        string image = request.ImageFormat switch { ImageFormat.Jpg => "jpg", ImageFormat.Webp => "webp", _ => "png" };
        string member = part switch { SamplePart.Image => image, SamplePart.Segmentation => "seg.png", SamplePart.Depth => "depth.png", _ => "json" };
        if (!sample.Members.TryGetValue(member, out byte[]? bytes)) throw new NotFoundException($"the dataset has no {part.ToString().ToLowerInvariant()}");
        return (bytes, TypeOf(member));
    }

    public static string TypeOf(string extension) => extension switch
    {
        "json" => "application/json",
        "jpg" => "image/jpeg",
        "webp" => "image/webp",
        _ => "image/png",
    };

    /// <summary>Samples in a row as a tar, as a shard would hold them.</summary>
    public static async Task TarAsync(HttpContext context, long first, int count, Func<long, CancellationToken, Task<StoredSample>> make)
    {
        var cancel = context.RequestAborted;
        var coming = new Queue<Task<StoredSample>>();
        long next = first;
        while (next < first + Math.Min(count, Ahead)) coming.Enqueue(make(next++, cancel));
        var sample = await coming.Dequeue(); // what is wrong with all of them shows before the answer begins
        context.Response.ContentType = "application/x-tar";
        await using var tar = new TarWriter(context.Response.Body, TarEntryFormat.Ustar, leaveOpen: true);
        while (true)
        {
            if (next < first + count) coming.Enqueue(make(next++, cancel));
            foreach (var (extension, bytes) in sample.Members.OrderBy(m => m.Key, StringComparer.Ordinal))
            {
                var entry = new UstarTarEntry(TarEntryType.RegularFile, $"{sample.Key}.{extension}") { DataStream = new MemoryStream(bytes, writable: false), ModificationTime = DateTimeOffset.UnixEpoch };
                await tar.WriteEntryAsync(entry, cancel);
            }

            if (!coming.TryDequeue(out var following)) return;
            sample = await following;
        }
    }

    /// <summary>Checks a range of samples against the limit and against what there is, before the answer begins.</summary>
    /// <exception cref="HandsOffException">Too many at once.</exception>
    /// <exception cref="NotFoundException">Some of them do not exist.</exception>
    public static void CheckRange(long first, int count, long samples, WebOptions options)
    {
        if (count < 1 || count > options.MaxSamplesPerRequest) throw HandsOffException.Usage($"count {count}: 1 to {options.MaxSamplesPerRequest} would be right");
        if (first < 0 || first > samples - count) throw new NotFoundException($"{count} samples from {first} on: there are samples 0 to {samples - 1}");
    }
}
