using HandsOff.Core.Datasets;

namespace HandsOff.Client.Generating;

/// <summary>What <c>generate</c> was asked for, parsed but not yet checked against pair and storage.</summary>
internal sealed record GenerateOptions
{
    /// <summary>Folder of the pair, or its name under models/.</summary>
    public required string Pair { get; init; }

    public required long Samples { get; init; }

    /// <summary>Folder, or az:CONTAINER/PREFIX.</summary>
    public required string Out { get; init; }

    public required DatasetOptions Dataset { get; init; }

    /// <summary>--labels as it was written; null when it was not.</summary>
    public string? Labels { get; init; }

    /// <summary>How it is run: no influence on a single byte.</summary>
    public required RunOptions Run { get; init; }
}
