using System.Text.Json;
using HandsOff.Core;
using HandsOff.Core.Storage;

namespace HandsOff.Silo.Security;

/// <summary>
/// The cluster's API keys: a blob each under <c>.cluster/keys/</c> of its store, so that all silos know them and none holds a secret.
/// Who can write there can make keys; who can only read there cannot use any.
/// </summary>
public sealed class ApiKeyStore(IBlobStore root)
{
    private const string Folder = ".cluster/keys/";
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    public async Task AddAsync(ApiKey key, CancellationToken cancellationToken)
    {
        if (!await root.CreateAsync(Name(key.Id), JsonSerializer.SerializeToUtf8Bytes(key, s_json), cancellationToken))
            throw new HandsOffException($"{root.Description}/{Name(key.Id)}: is there already");
    }

    /// <summary>All keys, in the order of their ids. Damaged files are left out: they open nothing.</summary>
    public async Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken)
    {
        var keys = new List<ApiKey>();
        await foreach (var entry in root.ListAsync(Folder, cancellationToken))
        {
            if (await root.ReadAsync(entry.Name, cancellationToken) is not { } blob) continue;
            if (Read(blob.Bytes) is { } key && Name(key.Id) == entry.Name) keys.Add(key);
        }

        return keys;
    }

    /// <summary>Removes a key; false when there is none of this id.</summary>
    /// <exception cref="HandsOffException">Not an id.</exception>
    public Task<bool> RevokeAsync(string id, CancellationToken cancellationToken) =>
        id.Length == 12 && id.All(char.IsAsciiHexDigitLower)
            ? root.DeleteAsync(Name(id), cancellationToken)
            : throw HandsOffException.Usage($"key '{id}': the id that 'handsoff key list' shows would be right");

    private static string Name(string id) => $"{Folder}{id}.json";

    private static ApiKey? Read(byte[] json)
    {
        try
        {
            var key = JsonSerializer.Deserialize<ApiKey>(json, s_json);
            return key is { Id: not null, Role: not null, SecretSha256.Length: 64 } && key.SecretSha256.All(char.IsAsciiHexDigit) && Roles.All.Contains(key.Role) ? key : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
