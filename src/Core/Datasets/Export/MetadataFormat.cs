namespace HandsOff.Core.Datasets.Export;

/// <summary>How the table of an image folder is written; one of them, since loaders refuse a folder with both.</summary>
public enum MetadataFormat
{
    /// <summary>metadata.jsonl: a JSON object a line.</summary>
    Jsonl,

    /// <summary>metadata.csv: flat columns.</summary>
    Csv,
}
