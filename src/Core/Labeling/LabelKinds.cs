namespace HandsOff.Core.Labeling;

/// <summary>The kinds of label a labeler's heads give.</summary>
[Flags]
public enum LabelKinds
{
    None = 0,

    /// <summary>Class id a pixel.</summary>
    Segmentation = 1,

    /// <summary>x, y, visibility a point.</summary>
    Keypoints = 2,

    /// <summary>One metric value a pixel.</summary>
    Depth = 4,
}
