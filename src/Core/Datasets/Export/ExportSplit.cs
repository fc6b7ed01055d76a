namespace HandsOff.Core.Datasets.Export;

/// <summary>A named part of an export: samples [First, First + Count).</summary>
internal sealed record ExportSplit(string Name, long First, long Count)
{
    public bool Holds(long index) => index >= First && index < First + Count;
}
