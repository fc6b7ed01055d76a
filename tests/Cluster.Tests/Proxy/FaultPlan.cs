using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace HandsOff.Cluster.Tests.Proxy;

/// <summary>
/// Which request meets which fault: a function of the seed, of what is asked (method, blob, operation) and of how often it was asked before.
/// It does not depend on the order in which parallel requests arrive, so that a failing seed can be run again.
/// </summary>
/// <param name="seed">Names the plan.</param>
/// <param name="share">Share of requests that meet a fault, 0 to 1.</param>
internal sealed class FaultPlan(ulong seed, double share)
{
    private readonly ConcurrentDictionary<string, int> _asked = new(StringComparer.Ordinal);

    public ulong Seed => seed;

    /// <summary>The fault of the next request of this kind.</summary>
    public FaultKind Next(HttpText request)
    {
        string key = Key(request);
        int before = _asked.AddOrUpdate(key, 0, (_, n) => n + 1);
        return At(key, before, Possible(request));
    }

    internal FaultKind At(string key, int before, IReadOnlyList<FaultKind> possible)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{seed} {before} {key}"));
        if (BinaryPrimitives.ReadUInt32LittleEndian(hash) >= share * uint.MaxValue) return FaultKind.None;
        return possible[(int)(BinaryPrimitives.ReadUInt32LittleEndian(hash.AsSpan(4)) % (uint)possible.Count)];
    }

    /// <summary>What is asked, without what differs from attempt to attempt (block ids).</summary>
    internal static string Key(HttpText request)
    {
        string target = request.Target;
        int query = target.IndexOf('?', StringComparison.Ordinal);
        if (query < 0) return $"{request.Method} {target}";
        var kept = target[(query + 1)..].Split('&').Where(part => !part.StartsWith("blockid=", StringComparison.Ordinal));
        return $"{request.Method} {target[..query]}?{string.Join('&', kept)}";
    }

    private static List<FaultKind> Possible(HttpText request)
    {
        List<FaultKind> kinds = [FaultKind.CutBefore, FaultKind.CutAfter, FaultKind.Error500, FaultKind.Error500After, FaultKind.Busy503, FaultKind.Slow];
        if (request.Method == "PUT") kinds.Add(FaultKind.False409);
        if (request.Body.Length > 1) kinds.Add(FaultKind.HalfRequest);
        if (request.Body.Length > 0 && request.Header("Content-MD5") is not null) kinds.Add(FaultKind.FlippedRequest);
        if (request.Method == "GET") kinds.AddRange([FaultKind.HalfAnswer, FaultKind.FlippedAnswer]);
        return kinds;
    }
}
