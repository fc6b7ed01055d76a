using System.Globalization;
using System.Net;
using HandsOff.Core;
using HandsOff.Core.Catalog;
using HandsOff.Silo.Devices;
using Microsoft.Extensions.Configuration;
using TorchSharp;

namespace HandsOff.Silo.Settings;

/// <summary>What a silo of a cluster is: its name, devices, store, and the cluster it joins. Checked when it is read.</summary>
public sealed record SiloSettings
{
    /// <summary>Name of the cluster when none is given: Orleans' service and cluster id, and the beginning of its keys in Redis.</summary>
    public const string DefaultCluster = "handsoff";

    /// <summary>Unique and stable: a node's name is <c>silo/device</c>, and what a restarted silo held returns to it.</summary>
    public required string Name { get; init; }

    /// <summary>Device names as <see cref="DeviceList"/> gives them.</summary>
    public required IReadOnlyList<string> Devices { get; init; }

    /// <summary>Root of the cluster's store: a folder that every silo sees under this path, or <c>az:CONTAINER[/PREFIX]</c>.</summary>
    public required string Store { get; init; }

    /// <summary>HOST:PORT, or a StackExchange.Redis configuration (<c>host:port,password=...,ssl=true</c>).</summary>
    public required string Redis { get; init; }

    public string Cluster { get; init; } = DefaultCluster;

    /// <summary>Folder of fetched pairs.</summary>
    public required string Cache { get; init; }

    /// <summary>Where the HTTP side listens, for example <c>http://127.0.0.1:8080</c>; null: nowhere.</summary>
    public string? Http { get; init; }

    /// <summary>The address other silos reach this one at; null: the one this machine reaches Redis from.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Port for other silos; null: the first free one from 11111.</summary>
    public int? Port { get; init; }

    /// <summary>Port for clients; null: the first free one from 30000.</summary>
    public int? GatewayPort { get; init; }

    /// <summary>Type of the generators' large feature maps; part of the kernel class.</summary>
    public torch.ScalarType Maps { get; init; } = torch.ScalarType.Float32;

    /// <summary>How long null devices wait a sample (setting <c>HandsOff:Null:SampleTime</c>, none), to try out nodes of any speed.</summary>
    public TimeSpan NullSampleTime { get; init; }

    /// <summary>
    /// Reads and checks the settings: <paramref name="given"/> answers for the command line's options (null where one is not
    /// given), then sections <c>HandsOff:Silo</c> and, for what clients need too, <c>HandsOff</c>.
    /// </summary>
    /// <exception cref="HandsOffException">Something is missing or wrong; exit code 2.</exception>
    public static SiloSettings Read(Func<string, string?> given, IConfiguration settings)
    {
        string? Value(string option) => NonEmpty(given(option)) ?? NonEmpty(settings[$"HandsOff:Silo:{Key(option)}"]);
        string? Shared(string option) => Value(option) ?? NonEmpty(settings[$"HandsOff:{Key(option)}"]);
        int? Port(string option) => Value(option) is { } text ? Whole(option, text, 1, 65535) : null;
        return new SiloSettings
        {
            Name = CheckName(Value("name") ?? Environment.MachineName.ToLowerInvariant()),
            Devices = DeviceList.Parse(Value("devices") ?? "auto", Value("threads") is { } threads ? Whole("threads", threads, 1, DeviceList.MostThreads) : Environment.ProcessorCount),
            Store = Shared("store") ?? throw Needed("store", "a folder, or az:CONTAINER[/PREFIX]"),
            Redis = Shared("redis") ?? throw Needed("redis", "HOST:PORT"),
            Cluster = Shared("cluster") is { } cluster ? CheckCluster(cluster) : DefaultCluster,
            Cache = Value("cache") ?? DefaultCache(),
            Http = Value("http") is { } http ? Url(http) : null,
            Address = Value("address") is { } address ? ParseAddress(address) : null,
            Port = Port("port"),
            GatewayPort = Port("gateway-port"),
            NullSampleTime = NonEmpty(settings["HandsOff:Null:SampleTime"]) is { } wait ? Wait(wait) : TimeSpan.Zero,
            Maps = Value("precision") switch
            {
                null or "fp32" => torch.ScalarType.Float32,
                "bf16" => torch.ScalarType.BFloat16,
                var other => throw HandsOffException.Usage($"--precision '{other}': should be fp32 or bf16"),
            },
        };
    }

    /// <summary>Where fetched pairs are kept when nothing is said: of this user's, shared by all processes.</summary>
    public static string DefaultCache()
    {
        string caches = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home ? Path.Combine(home, ".cache") : Path.GetTempPath();
        return Path.Combine(NonEmpty(Environment.GetEnvironmentVariable("XDG_CACHE_HOME")) ?? caches, "handsoff", "pairs");
    }

    private static string Key(string option) => option.Replace("-", "", StringComparison.Ordinal);

    private static string? NonEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static HandsOffException Needed(string option, string what) =>
        HandsOffException.Usage($"--{option} is needed: {what} (or the setting HANDSOFF__{char.ToUpperInvariant(option[0])}{option[1..]})");

    private static string CheckName(string name) =>
        name.Length is >= 1 and <= 100 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? name
            : throw HandsOffException.Usage($"--name '{name}': should be 1 to 100 letters, digits, dashes, dots and underscores");

    private static string CheckCluster(string name) => DatasetName.IsValid(name)
        ? name
        : throw HandsOffException.Usage($"--cluster '{name}': should be 1 to 100 of a-z, 0-9, dot, dash and underscore, a letter or digit first");

    private static int Whole(string option, string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most
            ? value
            : throw HandsOffException.Usage($"--{option} '{text}': should be a whole number from {least} to {most}");

    private static TimeSpan Wait(string text) => TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var wait) && wait >= TimeSpan.Zero && wait <= TimeSpan.FromMinutes(1)
        ? wait
        : throw HandsOffException.Usage($"HandsOff:Null:SampleTime '{text}': should be a time from 00:00:00 to 00:01:00");

    private static IPAddress ParseAddress(string text) => IPAddress.TryParse(text, out var address)
        ? address
        : throw HandsOffException.Usage($"--address '{text}': should be an IP address of this machine that the other silos reach");

    private static string Url(string text)
    {
        string url = text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}";
        return Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.AbsolutePath == "/"
            ? url.TrimEnd('/')
            : throw HandsOffException.Usage($"--http '{text}': should be ADDRESS:PORT, for example 127.0.0.1:8080");
    }
}
