using System.Security.Cryptography;
using System.Text;

namespace HandsOff.Grains.Coordination;

/// <summary>A dataset's request as it is stored, with the SHA-256 by which it is told from another one of the same dataset's name.</summary>
/// <param name="Json">The request.</param>
/// <param name="Sha256">Of its bytes.</param>
internal sealed record RequestText(string Json, string Sha256)
{
    public static RequestText Of(string json) => new(json, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json))));
}
