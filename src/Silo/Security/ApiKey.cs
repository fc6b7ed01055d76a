using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using HandsOff.Core;

namespace HandsOff.Silo.Security;

/// <summary>
/// An API key as it is stored: its identity, role and the SHA-256 of its secret. The secret has 256 random bits, so a plain hash is enough:
/// nobody guesses it, and the hash does not give it away.
/// </summary>
/// <param name="Id">What the key begins with, after <c>ho_</c>: 12 lower-case hex digits.</param>
/// <param name="Name">Whose it is, for people.</param>
/// <param name="Role">One of <see cref="Roles"/>.</param>
/// <param name="SecretSha256">64 lower-case hex digits.</param>
/// <param name="Created">When it was made.</param>
public sealed record ApiKey(string Id, string Name, string Role, string SecretSha256, DateTimeOffset Created)
{
    /// <summary>What every key begins with.</summary>
    public const string Prefix = "ho_";

    private const int IdLength = 12, SecretBytes = 32;

    /// <summary>Makes a key. Its text is <c>ho_ID_SECRET</c> and is not kept anywhere.</summary>
    /// <exception cref="HandsOffException">An unknown role, or a name that is empty, long or not printable.</exception>
    public static (ApiKey Key, string Text) Create(string name, string role, TimeProvider time)
    {
        if (!Roles.All.Contains(role)) throw HandsOffException.Usage($"role '{role}': {string.Join(", ", Roles.All)} would be right");
        if (name.Length is 0 or > 100 || name.Any(char.IsControl)) throw HandsOffException.Usage("name: 1 to 100 printable characters would be right");
        string id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdLength / 2));
        string secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));
        return (new ApiKey(id, name, role, Convert.ToHexStringLower(Hash(secret)), time.GetUtcNow()), $"{Prefix}{id}_{secret}");
    }

    /// <summary>Splits a key's text; false when it is not one.</summary>
    public static bool TryParse(string? text, out string id, out string secret)
    {
        (id, secret) = ("", "");
        if (text is not { Length: > 16 and < 100 } || !text.StartsWith(Prefix, StringComparison.Ordinal) || text[Prefix.Length + IdLength] != '_') return false;
        (id, secret) = (text.Substring(Prefix.Length, IdLength), text[(Prefix.Length + IdLength + 1)..]);
        return id.All(char.IsAsciiHexDigitLower);
    }

    /// <summary>The secret is this key's. Takes the same time wherever they differ.</summary>
    public bool Matches(string secret) => CryptographicOperations.FixedTimeEquals(Hash(secret), Convert.FromHexString(SecretSha256));

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
