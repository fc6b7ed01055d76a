namespace HandsOff.Core.Datasets.Export;

/// <summary>The layouts that a dataset can be exported to.</summary>
public enum ExportFormat
{
    /// <summary>COCO: images, instances, panoptic, keypoints.</summary>
    Coco,

    /// <summary>The folders and file names of Cityscapes.</summary>
    Cityscapes,

    /// <summary>Images, masks, depth and a metadata table: an image folder, and what <c>handsoff train labeler</c> reads.</summary>
    Folder,
}
