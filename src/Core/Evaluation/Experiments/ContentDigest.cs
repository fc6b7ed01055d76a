using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>SHA-256 of what goes into stages, in lower-case hex.</summary>
internal static class ContentDigest
{
    /// <summary>As records are spelt, with fields: those of a tuple are all that it has, and would be left out.</summary>
    internal static readonly JsonSerializerOptions Options = new(ExperimentJson.Options) { IncludeFields = true };

    private static readonly ConcurrentDictionary<(string, long, DateTime), string> s_files = new();

    /// <summary>Of any record, by its JSON.</summary>
    public static string Of(object what) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(what, Options)));

    /// <summary>Of a file's bytes, or of a folder's files with their names.</summary>
    public static string OfPath(string path)
    {
        if (File.Exists(path)) return OfFile(path);
        if (!Directory.Exists(path)) throw new HandsOffException($"{path}: no such file or folder");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            hash.AppendData(Encoding.UTF8.GetBytes($"{Path.GetRelativePath(path, file)}\n{OfFile(file)}\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string OfFile(string path)
    {
        var info = new FileInfo(path);
        return s_files.GetOrAdd((info.FullName, info.Length, info.LastWriteTimeUtc), _ =>
        {
            using var stream = File.OpenRead(path);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        });
    }
}
