using System.Collections.Frozen;
using HandsOff.Core;
using HandsOff.Silo.Api;

namespace HandsOff.Silo.Security;

/// <summary>
/// The keys in memory, read again when they are older than <see cref="Age"/>: a revoked key opens nothing after that time. While the store is
/// silent the keys known last open, for <see cref="Longest"/> at most. A request never makes the store be asked for a key of the caller's choice.
/// </summary>
internal sealed class ApiKeyRing(ApiKeyStore store, TimeProvider time) : IDisposable
{
    /// <summary>How old the keys in memory may be.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromSeconds(10);

    /// <summary>How old they may be when the store cannot be reached.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    private readonly SemaphoreSlim _one = new(1);
    private FrozenDictionary<string, ApiKey> _keys = FrozenDictionary<string, ApiKey>.Empty;
    private DateTimeOffset _read = DateTimeOffset.MinValue, _again = DateTimeOffset.MinValue;

    /// <summary>The key that this text is, or null.</summary>
    public async Task<ApiKey?> FindAsync(string text, CancellationToken cancellationToken)
    {
        if (!ApiKey.TryParse(text, out string id, out string secret)) return null;
        if (time.GetUtcNow() > _again) await RefreshAsync(cancellationToken);
        return _keys.TryGetValue(id, out var key) && key.Matches(secret) ? key : null;
    }

    /// <summary>Reads the keys again at the next request.</summary>
    public void Forget() => _again = DateTimeOffset.MinValue;

    public void Dispose() => _one.Dispose();

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (time.GetUtcNow() <= _again) return;
            bool usable = time.GetUtcNow() - _read < Longest;
            using var brief = new Brief(usable ? s_patience : TimeSpan.FromSeconds(30), time, cancellationToken);
            try
            {
                _keys = (await store.ListAsync(brief.Token)).ToFrozenDictionary(k => k.Id, StringComparer.Ordinal);
                _read = time.GetUtcNow();
            }
            catch (Exception e) when (usable && (e is HandsOffException { IsTransient: true } || brief.IsOver(e)))
            {
                // The keys known last go on opening.
            }
            catch (OperationCanceledException e) when (brief.IsOver(e))
            {
                throw new HandsOffException("the store with the keys does not answer", HandsOffException.Failed, e) { IsTransient = true };
            }

            _again = time.GetUtcNow() + Age;
        }
        finally
        {
            _one.Release();
        }
    }
}
