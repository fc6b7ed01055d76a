using System.CommandLine;
using HandsOff.Core;
using HandsOff.Core.Storage;
using HandsOff.Silo.Security;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff key</c>: the keys that a cluster's HTTP API is used with.</summary>
internal static class KeyCommand
{
    public static Command Create() => new("key", "API keys of a cluster: make, list, revoke.") { CreateCreate(), CreateList(), CreateRevoke() };

    private static Option<string> Store() => new("--store") { Description = "The cluster's store: a folder, or az:CONTAINER/PREFIX", Required = true };

    private static Command CreateCreate()
    {
        var (store, json) = (Store(), Json());
        var role = new Option<string>("--role") { Description = $"{string.Join(", ", Roles.All)}; each includes the ones before it", Required = true };
        var name = new Option<string>("--name") { Description = "Whose key it is, for the list", DefaultValueFactory = _ => Environment.UserName };
        var command = new Command("create", "Make a key. It is printed once and stored only as a hash.") { store, role, name, json };
        command.SetAction(async (parse, cancel) =>
        {
            var (key, text) = ApiKey.Create(parse.GetValue(name)!, parse.GetValue(role)!, TimeProvider.System);
            await (await OpenAsync(parse.GetValue(store)!, create: true, cancel)).AddAsync(key, cancel);
            if (parse.GetValue(json)) JsonOutput.Print(new { key.Id, key.Name, key.Role, Key = text });
            else Console.WriteLine(text);
            return 0;
        });
        return command;
    }

    private static Command CreateList()
    {
        var (store, json) = (Store(), Json());
        var command = new Command("list", "The keys, without their secrets.") { store, json };
        command.SetAction(async (parse, cancel) =>
        {
            var keys = await (await OpenAsync(parse.GetValue(store)!, create: false, cancel)).ListAsync(cancel);
            if (parse.GetValue(json)) JsonOutput.Print(keys.Select(k => new { k.Id, k.Name, k.Role, k.Created }));
            else foreach (var key in keys) Console.WriteLine($"{key.Id}  {key.Role,-8}  {key.Created:yyyy-MM-dd}  {key.Name}");
            return 0;
        });
        return command;
    }

    private static Command CreateRevoke()
    {
        var store = Store();
        var id = new Argument<string>("id") { Description = "What 'handsoff key list' shows" };
        var command = new Command("revoke", "Remove a key; silos forget it within ten seconds.") { id, store };
        command.SetAction(async (parse, cancel) =>
        {
            string wanted = parse.GetValue(id)!;
            return await (await OpenAsync(parse.GetValue(store)!, create: false, cancel)).RevokeAsync(wanted, cancel) ? 0 : throw new HandsOffException($"key {wanted}: there is none");
        });
        return command;
    }

    private static Option<bool> Json() => new("--json") { Description = "Print JSON" };

    private static async Task<ApiKeyStore> OpenAsync(string store, bool create, CancellationToken cancel) => new(await BlobStores.OpenAsync(store, create, cancel));
}
