namespace HandsOff.Core.Datasets.Export;

/// <summary>What of a mask is one instance; the masks themselves do not tell.</summary>
public enum InstanceRule
{
    /// <summary>Each 8-connected component of a class.</summary>
    Components,

    /// <summary>All of a class in an image.</summary>
    Classes,
}
