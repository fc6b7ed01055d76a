using System.ComponentModel.DataAnnotations;

namespace HandsOff.Silo.Draining;

/// <summary>
/// Where this machine learns that it will be taken away (section <c>HandsOff:Notice</c>): a file that something else makes, an address of
/// the cloud's metadata service, or both. Without either nothing is watched.
/// </summary>
public sealed class NoticeSettings
{
    public const string Section = "HandsOff:Notice";

    /// <summary>While this file exists, the notice stands.</summary>
    public string? File { get; set; }

    /// <summary>While this address answers with success (and <see cref="Contains"/>, when that is set), the notice stands.</summary>
    public Uri? Url { get; set; }

    /// <summary>A header that the address wants, as <c>Name: value</c>.</summary>
    [RegularExpression("[A-Za-z0-9-]+: ?.+", ErrorMessage = "HandsOff:Notice:Header: should be 'Name: value'")]
    public string? Header { get; set; }

    /// <summary>A word that the answer contains when the notice stands; null: any successful answer is a notice.</summary>
    public string? Contains { get; set; }

    /// <summary>
    /// An address (with the same header) that answers with this machine's name. With it the answer of <see cref="Url"/> is read as Azure's scheduled
    /// events: only one of the type <see cref="Contains"/> that names this machine is a notice. Null: no names are compared.
    /// </summary>
    public Uri? MachineUrl { get; set; }

    /// <summary>How often to look. Default 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.2", "00:01:00")]
    public TimeSpan Every { get; set; } = TimeSpan.FromSeconds(2);
}
