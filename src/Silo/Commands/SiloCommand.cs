using System.CommandLine;
using HandsOff.Silo.Hosting;
using HandsOff.Silo.Settings;

namespace HandsOff.Silo.Commands;

/// <summary>A silo of a cluster, as <c>handsoff silo</c> and as the program <c>handsoff-silo</c>.</summary>
public static class SiloCommand
{
    private const string About = "Run a silo: joins the cluster, makes shards on this machine's devices until it is stopped.";

    /// <summary><c>handsoff silo</c>.</summary>
    public static Command Create() => Complete(new Command("silo", About));

    /// <summary><c>handsoff-silo</c>: the same options without a command's name.</summary>
    public static RootCommand CreateRoot() => Complete(new RootCommand(About));

    private static T Complete<T>(T command)
        where T : Command
    {
        Option<string?>[] options =
        [
            Text("--name", "The silo's name, unique in the cluster and the same after a restart (the machine's name)"),
            Text("--devices", "auto, all, cpu, cuda:N or null (makes empty samples, for tests), several with commas; none: no node, only coordinate and answer (auto)"),
            Text("--store", "The cluster's root: a folder that all silos see, or az:CONTAINER[/PREFIX]"),
            Text("--redis", "HOST:PORT of the Redis by which silos find each other"),
            Text("--cluster", "Name of the cluster; several may share a Redis (handsoff)"),
            Text("--threads", "CPU threads, each a node of its own (one a core)"),
            Text("--cache", "Folder for pairs fetched from the store (~/.cache/handsoff/pairs)"),
            Text("--http", "ADDRESS:PORT of the HTTP API and page (none)"),
            Text("--address", "IP address that other silos reach this one at (the one it reaches Redis from)"),
            Text("--port", "Port for other silos (the first free one from 11111)"),
            Text("--gateway-port", "Port for clients (the first free one from 30000)"),
            Text("--precision", "fp32 or bf16: the generator's large feature maps; the same on every silo (fp32)"),
        ];
        var verbose = new Option<bool>("--verbose") { Description = "Log more to the error stream" };
        foreach (var option in options) command.Add(option);
        command.Add(verbose);
        command.SetAction(async (parse, stop) =>
        {
            var configuration = SettingsFiles.Load();
            var given = options.ToDictionary(o => o.Name[2..], parse.GetValue, StringComparer.Ordinal);
            var settings = SiloSettings.Read(given.GetValueOrDefault, configuration);
            return await new SiloRunner(settings, configuration, parse.GetValue(verbose), TimeProvider.System).RunAsync(stop);
        });
        return command;
    }

    private static Option<string?> Text(string name, string description) => new(name) { Description = description };
}
