using System.ComponentModel.DataAnnotations;

namespace HandsOff.Silo.Api;

/// <summary>The HTTP side of a silo (section <c>HandsOff:Http</c>).</summary>
public sealed class WebOptions
{
    public const string Section = "HandsOff:Http";

    /// <summary>Callers from this machine need no key and are operators. Default false.</summary>
    public bool AllowLoopbackWithoutKey { get; set; }

    /// <summary>Largest request body in bytes. Default 64 KiB.</summary>
    [Range(1024, 64 << 20)]
    public long MaxBodyBytes { get; set; } = 64 << 10;

    /// <summary>Samples that one request may ask for. Default 256.</summary>
    [Range(1, 100_000)]
    public int MaxSamplesPerRequest { get; set; } = 256;

    /// <summary>Requests a second of one key in the long run. Default 100; callers without a key get a tenth.</summary>
    [Range(1, 100_000)]
    public int RequestsPerSecond { get; set; } = 100;

    /// <summary>Requests of one key at once after a quiet while. Default 400.</summary>
    [Range(1, 1_000_000)]
    public int Burst { get; set; } = 400;

    /// <summary>Event streams open at once. Default 256.</summary>
    [Range(1, 100_000)]
    public int EventStreams { get; set; } = 256;

    /// <summary>Orleans' own dashboard for operators at <c>/orleans</c>. Default true.</summary>
    public bool Dashboard { get; set; } = true;
}
