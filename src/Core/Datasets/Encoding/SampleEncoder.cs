using System.Buffers;
using System.IO.Compression;
using System.Text.Encodings.Web;
using System.Text.Json;
using HandsOff.Core.Imaging;
using HandsOff.Core.Labeling;

namespace HandsOff.Core.Datasets.Encoding;

/// <summary>Encodes raw samples into members. Keeps its buffers: one encoder a thread.</summary>
internal sealed class SampleEncoder : IDisposable
{
    private readonly PngEncoder _png = new(CompressionLevel.Fastest);
    private readonly SampleDigests _digests = new();
    private readonly ArrayBufferWriter<byte> _jsonBytes = new(1024);
    private readonly Utf8JsonWriter _json;
    private byte[] _buffer = [];
    private int _filled;

    public SampleEncoder() => _json = new Utf8JsonWriter(_jsonBytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>Encodes a sample; the caller returns it. Throws for values that no dataset should hold.</summary>
    public EncodedSample Encode(RawSample sample, bool flagged, SampleFormat format)
    {
        Check(sample, format.Request);
        byte[] digests = _digests.Of(sample);
        var ends = new int[format.Members.Count];
        _buffer = ArrayPool<byte>.Shared.Rent(sample.Rgb.Length + 4096);
        _filled = 0;
        for (int i = 0; i < ends.Length; i++)
        {
            Append(Member(format.Members[i], sample, flagged, digests, format));
            ends[i] = _filled;
        }

        return new EncodedSample(_buffer, ends)
        {
            Key = sample.Key,
            Flagged = flagged,
            Uncertainty = sample.Uncertainty,
            Digests = digests,
            ClassPixels = format.Has(LabelKinds.Segmentation) ? Count(sample.Mask!, format.Request, sample.Key.Index) : [],
            Keypoints = format.Has(LabelKinds.Keypoints) ? sample.Keypoints! : [],
        };
    }

    public void Dispose()
    {
        _png.Dispose();
        _digests.Dispose();
        _json.Dispose();
    }

    private ReadOnlySpan<byte> Member(string extension, RawSample sample, bool flagged, byte[] digests, SampleFormat format)
    {
        int width = format.Request.Width, height = format.Request.Height;
        return extension switch
        {
            SampleFormat.Json => Json(sample, flagged, digests, format),
            SampleFormat.Segmentation => _png.Mask(sample.Mask, width, height, format.Palette),
            SampleFormat.Depth => _png.Gray16(sample.Depth, width, height),
            "png" => _png.Rgb(sample.Rgb, width, height),
            "jpg" => ImageFile.Jpeg(sample.Rgb, width, height),
            _ => ImageFile.WebpLossless(sample.Rgb, width, height),
        };
    }

    private ReadOnlySpan<byte> Json(RawSample sample, bool flagged, byte[] digests, SampleFormat format)
    {
        _jsonBytes.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("key", Key(sample.Key.Index));
        _json.WriteNumber("index", sample.Key.Index);
        _json.WriteNumber("seed", format.Request.Seed);
        _json.WriteNumber("attempt", sample.Key.Attempt);
        _json.WriteBoolean("flagged", flagged);
        _json.WriteNumber("uncertainty", sample.Uncertainty);
        _json.WriteString("image_sha256", SampleDigests.ImageHex(digests));
        _json.WriteString("labels_sha256", SampleDigests.LabelsHex(digests));
        if (format.Has(LabelKinds.Keypoints))
        {
            _json.WriteStartArray("keypoints");
            for (int i = 0; i < sample.Keypoints!.Length; i += 3)
            {
                _json.WriteStartArray();
                _json.WriteNumberValue(sample.Keypoints[i]);
                _json.WriteNumberValue(sample.Keypoints[i + 1]);
                _json.WriteNumberValue((int)sample.Keypoints[i + 2]);
                _json.WriteEndArray();
            }

            _json.WriteEndArray();
        }

        _json.WriteEndObject();
        _json.Flush();
        return _jsonBytes.WrittenSpan;
    }

    /// <summary>A sample's name in its shard: the index in nine digits or more.</summary>
    public static string Key(long index) => index.ToString("D9");

    private static void Check(RawSample sample, DatasetRequest request)
    {
        int pixels = request.Width * request.Height;
        long index = sample.Key.Index;
        Require(float.IsFinite(sample.Uncertainty) && sample.Uncertainty >= 0, index, $"uncertainty {sample.Uncertainty}");
        Require(sample.Rgb.Length == 3 * pixels, index, $"{sample.Rgb.Length} image bytes for {request.Width}x{request.Height} pixels");
        bool mask = request.Labels.HasFlag(LabelKinds.Segmentation), depth = request.Labels.HasFlag(LabelKinds.Depth), points = request.Labels.HasFlag(LabelKinds.Keypoints);
        Require((sample.Mask?.Length ?? 0) == (mask ? pixels : 0), index, $"{sample.Mask?.Length ?? 0} mask values");
        Require((sample.Depth?.Length ?? 0) == (depth ? pixels : 0), index, $"{sample.Depth?.Length ?? 0} depth values");
        Require((sample.Keypoints?.Length ?? 0) == (points ? 3 * request.Schema.Keypoints.Count : 0), index, $"{sample.Keypoints?.Length ?? 0} keypoint values");
        foreach (float v in sample.Keypoints ?? []) Require(float.IsFinite(v), index, $"keypoint value {v}");
    }

    private static int[] Count(byte[] mask, DatasetRequest request, long index)
    {
        Span<int> counts = stackalloc int[256];
        counts.Clear();
        foreach (byte id in mask) counts[id]++;
        int classes = request.Schema.Classes.Count;
        for (int id = classes; id < MaskPalette.Ignore; id++) Require(counts[id] == 0, index, $"class id {id}, the schema has {classes} classes");
        return counts[..classes].ToArray();
    }

    private static void Require(bool holds, long index, string what)
    {
        if (!holds) throw new HandsOffException($"sample {index}: the pair gave {what}; it is damaged or does not match the request") { Sample = index };
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_buffer.Length - _filled < bytes.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(2 * (_filled + bytes.Length));
            _buffer.AsSpan(0, _filled).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        bytes.CopyTo(_buffer.AsSpan(_filled));
        _filled += bytes.Length;
    }
}
