using HandsOff.Core;
using HandsOff.Core.Storage;
using HandsOff.Silo.Security;
using HandsOff.Silo.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace HandsOff.Silo.Tests.Security;

public sealed class ApiKeyTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("handsoff-keys-").FullName;

    [Fact]
    public async Task A_key_opens_until_it_is_revoked_and_its_secret_is_stored_nowhere()
    {
        var time = new FakeTimeProvider();
        var store = new ApiKeyStore(LocalFolderStore.Create(_root));
        using var ring = new ApiKeyRing(store, time);
        var (key, text) = ApiKey.Create("laptop", Roles.Writer, time);
        await store.AddAsync(key, CancellationToken.None);
        Assert.Equal(key, await ring.FindAsync(text, CancellationToken.None));
        string secret = text.Split('_')[2];
        foreach (string file in Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories)) Assert.DoesNotContain(secret, await File.ReadAllTextAsync(file));

        Assert.True(await store.RevokeAsync(key.Id, CancellationToken.None));
        time.Advance(ApiKeyRing.Age + TimeSpan.FromSeconds(1));
        Assert.Null(await ring.FindAsync(text, CancellationToken.None));
    }

    [Fact]
    public async Task The_keys_known_last_open_while_the_store_is_silent_but_not_for_ever()
    {
        var time = new FakeTimeProvider();
        var silent = new SilentStore(LocalFolderStore.Create(_root));
        var store = new ApiKeyStore(silent);
        using var ring = new ApiKeyRing(store, time);
        var (key, text) = ApiKey.Create("laptop", Roles.Writer, time);
        await store.AddAsync(key, CancellationToken.None);
        silent.Silent = true;
        Assert.True((await Assert.ThrowsAsync<HandsOffException>(() => ring.FindAsync(text, CancellationToken.None))).IsTransient);
        silent.Silent = false;
        Assert.Equal(key, await ring.FindAsync(text, CancellationToken.None));
        silent.Silent = true;
        time.Advance(ApiKeyRing.Age + TimeSpan.FromSeconds(1));
        Assert.Equal(key, await ring.FindAsync(text, CancellationToken.None));
        time.Advance(ApiKeyRing.Longest);
        await Assert.ThrowsAsync<HandsOffException>(() => ring.FindAsync(text, CancellationToken.None));

        // Back again, what was revoked meanwhile opens nothing.
        silent.Silent = false;
        await store.RevokeAsync(key.Id, CancellationToken.None);
        Assert.Null(await ring.FindAsync(text, CancellationToken.None));
    }

    [Fact]
    public async Task Nothing_but_the_whole_key_opens()
    {
        var store = new ApiKeyStore(LocalFolderStore.Create(_root));
        using var ring = new ApiKeyRing(store, TimeProvider.System);
        var (key, text) = ApiKey.Create("laptop", Roles.Writer, TimeProvider.System);
        await store.AddAsync(key, CancellationToken.None);
        string wrong = text[..^1] + (text[^1] == 'A' ? 'B' : 'A');
        string[] all = ["", "ho_", wrong, text + "A", text.ToUpperInvariant(), $"ho_{key.Id}_", $"ho_{key.Id}_{key.SecretSha256}", "ho_../../../etc_" + new string('x', 43), new string('x', 5000)];
        foreach (string other in all) Assert.Null(await ring.FindAsync(other, CancellationToken.None));
        Assert.NotNull(await ring.FindAsync(text, CancellationToken.None));
    }

    [Fact]
    public async Task A_damaged_or_forged_file_opens_nothing_and_hinders_no_other_key()
    {
        var root = LocalFolderStore.Create(_root);
        var store = new ApiKeyStore(root);
        var (key, _) = ApiKey.Create("laptop", Roles.Reader, TimeProvider.System);
        await store.AddAsync(key, CancellationToken.None);
        await root.CreateAsync(".cluster/keys/000000000000.json", "{"u8.ToArray(), CancellationToken.None);
        await root.CreateAsync(".cluster/keys/000000000001.json", """{"id":"000000000001","name":"x","role":"king","secret_sha256":"00"}"""u8.ToArray(), CancellationToken.None);
        Assert.Equal([key], await store.ListAsync(CancellationToken.None));
    }

    [Fact]
    public void A_wrong_role_or_name_is_said()
    {
        Assert.Contains("'king'", Assert.Throws<HandsOffException>(() => ApiKey.Create("x", "king", TimeProvider.System)).Message);
        Assert.Throws<HandsOffException>(() => ApiKey.Create("", Roles.Reader, TimeProvider.System));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
