using System.Buffers.Binary;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tensors;

/// <summary>
/// Reads and writes the safetensors format: an 8-byte little-endian header length, a JSON header (name to dtype, shape,
/// data offsets; optional <c>__metadata__</c> of strings), then the raw tensors.
/// </summary>
public static class SafeTensors
{
    private const long LargestHeader = 100 << 20;

    /// <summary>Reads a whole file. The caller disposes the returned tensors (CPU, detached from any scope).</summary>
    /// <exception cref="HandsOffException">The file is missing, cut short, or not safetensors.</exception>
    public static (Dictionary<string, Tensor> Tensors, Dictionary<string, string> Metadata) Read(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (IOException e)
        {
            throw new HandsOffException($"{path}: cannot be read: {e.Message}", inner: e);
        }

        return Parse(bytes, path);
    }

    /// <summary>Parses safetensors bytes; <paramref name="where"/> names them in errors. The caller disposes the tensors.</summary>
    public static (Dictionary<string, Tensor> Tensors, Dictionary<string, string> Metadata) Parse(byte[] bytes, string where)
    {
        if (bytes.Length < 8) throw Broken(where, "shorter than its 8-byte length field");
        long headerLength = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        if (headerLength < 2 || headerLength > LargestHeader || 8 + headerLength > bytes.Length) throw Broken(where, $"its header claims {headerLength} bytes");
        JsonDocument header;
        try
        {
            header = JsonDocument.Parse(bytes.AsMemory(8, (int)headerLength));
        }
        catch (JsonException e)
        {
            throw Broken(where, $"its header is not JSON: {e.Message}");
        }

        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using (header)
            {
                long data = 8 + headerLength;
                foreach (var entry in header.RootElement.EnumerateObject())
                {
                    if (entry.Name == "__metadata__")
                    {
                        foreach (var pair in entry.Value.EnumerateObject()) metadata[pair.Name] = pair.Value.GetString() ?? "";
                        continue;
                    }

                    tensors[entry.Name] = ReadTensor(bytes, data, entry, where);
                }
            }
        }
        catch (Exception e)
        {
            foreach (var t in tensors.Values) t.Dispose();
            if (e is KeyNotFoundException or InvalidOperationException or FormatException) throw Broken(where, "its header has an entry without dtype, shape or data_offsets");
            throw;
        }

        return (tensors, metadata);
    }

    /// <summary>Writes the tensors (any device; converted to contiguous CPU) in name order, atomically: a temporary file, then a rename.</summary>
    public static void Write(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (folder is not null) Directory.CreateDirectory(folder);
        string temporary = path + ".tmp";
        using (var file = File.Create(temporary))
        {
            Write(file, tensors, metadata);
            file.Flush(flushToDisk: true); // a rename must never outlive the bytes
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Writes the tensors to a stream, in name order, so that equal content gives equal bytes.</summary>
    public static void Write(Stream stream, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var sorted = tensors.OrderBy(t => t.Key, StringComparer.Ordinal).ToList();
        using var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var pair in metadata.OrderBy(m => m.Key, StringComparer.Ordinal)) json.WriteString(pair.Key, pair.Value);
                json.WriteEndObject();
            }

            long at = 0;
            foreach (var (name, tensor) in sorted)
            {
                long size = tensor.NumberOfElements * tensor.ElementSize;
                json.WriteStartObject(name);
                json.WriteString("dtype", NameOf(tensor.dtype));
                json.WriteStartArray("shape");
                foreach (long d in tensor.shape) json.WriteNumberValue(d);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(at);
                json.WriteNumberValue(at += size);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (header.Length % 8 != 0) header.WriteByte((byte)' ');
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        header.Position = 0;
        header.CopyTo(stream);
        using var noGrad = no_grad();
        foreach (var (_, tensor) in sorted)
        {
            using var scope = NewDisposeScope();
            stream.Write(tensor.detach().cpu().contiguous().bytes);
        }
    }

    private static Tensor ReadTensor(byte[] bytes, long data, JsonProperty entry, string where)
    {
        var type = TypeOf(entry.Value.GetProperty("dtype").GetString(), where, entry.Name);
        long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];
        long[] offsets = [.. entry.Value.GetProperty("data_offsets").EnumerateArray().Select(d => d.GetInt64())];
        if (offsets is not [var begin, var end]) throw Broken(where, $"tensor '{entry.Name}' has {offsets.Length} data_offsets, not 2");
        // Before any memory is asked for.
        Int128 size = shape.Any(d => d < 0 || d > bytes.Length) ? -1 : shape.Aggregate((Int128)ScalarTypes.SizeOf(type), (n, d) => Int128.Min(n * d, long.MaxValue));
        if (begin < 0 || end < begin || end > bytes.Length - data || end - begin != size)
            throw Broken(where, $"tensor '{entry.Name}' of shape [{string.Join(", ", shape)}] does not fit its bytes {begin}..{end}");
        var tensor = empty(shape, type).DetachFromDisposeScope();
        bytes.AsSpan((int)(data + begin), (int)(end - begin)).CopyTo(tensor.bytes);
        return tensor;
    }

    private static string NameOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => "F32",
        ScalarType.Float64 => "F64",
        ScalarType.Float16 => "F16",
        ScalarType.BFloat16 => "BF16",
        ScalarType.Int64 => "I64",
        ScalarType.Int32 => "I32",
        ScalarType.Int16 => "I16",
        ScalarType.Int8 => "I8",
        ScalarType.Byte => "U8",
        ScalarType.Bool => "BOOL",
        _ => throw new ArgumentException($"safetensors has no name for {type}", nameof(type)),
    };

    private static ScalarType TypeOf(string? name, string where, string tensor) => name switch
    {
        "F32" => ScalarType.Float32,
        "F64" => ScalarType.Float64,
        "F16" => ScalarType.Float16,
        "BF16" => ScalarType.BFloat16,
        "I64" => ScalarType.Int64,
        "I32" => ScalarType.Int32,
        "I16" => ScalarType.Int16,
        "I8" => ScalarType.Int8,
        "U8" => ScalarType.Byte,
        "BOOL" => ScalarType.Bool,
        _ => throw Broken(where, $"tensor '{tensor}' has dtype {name}, which is not one of F32, F64, F16, BF16, I64, I32, I16, I8, U8, BOOL"),
    };

    private static HandsOffException Broken(string where, string why) => new($"{where}: not a whole safetensors file: {why}");
}
