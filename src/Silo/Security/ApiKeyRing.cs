using System.Collections.Frozen;

namespace HandsOff.Silo.Security;

/// <summary>
/// The keys in memory, read again when they are older than <see cref="Age"/>: a revoked key opens nothing after that time. A request never
/// makes the store be asked for a key of the caller's choice.
/// </summary>
internal sealed class ApiKeyRing(ApiKeyStore store, TimeProvider time) : IDisposable
{
    /// <summary>How old the keys in memory may be.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _one = new(1);
    private FrozenDictionary<string, ApiKey> _keys = FrozenDictionary<string, ApiKey>.Empty;
    private DateTimeOffset _read = DateTimeOffset.MinValue;

    /// <summary>The key that this text is, or null.</summary>
    public async Task<ApiKey?> FindAsync(string text, CancellationToken cancellationToken)
    {
        if (!ApiKey.TryParse(text, out string id, out string secret)) return null;
        if (time.GetUtcNow() - _read > Age) await RefreshAsync(cancellationToken);
        return _keys.TryGetValue(id, out var key) && key.Matches(secret) ? key : null;
    }

    /// <summary>Reads the keys again at the next request.</summary>
    public void Forget() => _read = DateTimeOffset.MinValue;

    public void Dispose() => _one.Dispose();

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (time.GetUtcNow() - _read <= Age) return;
            _keys = (await store.ListAsync(cancellationToken)).ToFrozenDictionary(k => k.Id, StringComparer.Ordinal);
            _read = time.GetUtcNow();
        }
        finally
        {
            _one.Release();
        }
    }
}
