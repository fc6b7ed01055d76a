namespace HandsOff.Core.Datasets.Export;

/// <summary>export.json: what a folder is an export of. By it an interrupted export is gone on with, and nothing else is touched.</summary>
internal sealed record ExportMarker
{
    public const string FileName = "export.json";

    public string Format { get; init; } = "handsoff-export/1";

    public required ExportFormat Layout { get; init; }

    /// <summary>Where the dataset was; it may have moved since.</summary>
    public required string Dataset { get; init; }

    /// <summary>What the dataset is.</summary>
    public required string RequestSha256 { get; init; }

    /// <summary>The pair, with the licence that what it makes is under.</summary>
    public required PairReference Pair { get; init; }

    public required long First { get; init; }

    public required long Count { get; init; }

    public required double Val { get; init; }

    public required InstanceRule Instances { get; init; }

    public required int MinArea { get; init; }

    public required MetadataFormat Metadata { get; init; }

    public bool Complete { get; init; }

    /// <summary>The same export, as far as it is or not.</summary>
    public bool IsSameAs(ExportMarker other) => this with { Complete = false, Dataset = "" } == other with { Complete = false, Dataset = "" };
}
