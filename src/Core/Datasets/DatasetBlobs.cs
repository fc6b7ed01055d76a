namespace HandsOff.Core.Datasets;

/// <summary>Names of a dataset's blobs beside its shards' (see <see cref="ShardRange"/>).</summary>
public static class DatasetBlobs
{
    public const string Request = "request.json";
    public const string Target = "target.json";
    public const string Manifest = "manifest.json";
    public const string Card = "README.md";
    public const string Preview = "preview.jpg";
    public const string Cancelled = "cancelled.json";
    public const string Shards = "shards/";
    public const string Receipts = "receipts/";
    public const string Violations = "violations/";
}
