using HandsOff.Core.Labeling;

namespace HandsOff.Core.Scenes;

/// <summary>What the labels of rendered scenes mean. Left and right are the character's own, as in COCO.</summary>
public static class SceneSchema
{
    /// <summary>Ten classes, twelve keypoints, depth in metres stored in tenths of a millimetre.</summary>
    public static LabelSchema Schema { get; } = new()
    {
        Classes =
        [
            new("background", "#20242c"), new("skin", "#f2b28c"), new("hair", "#7a4a2b"), new("eyes", "#4cc9f0"), new("brows", "#5a189a"),
            new("nose", "#ff8c42"), new("mouth", "#d7263d"), new("glasses", "#111111"), new("hat", "#2a9d5c"), new("clothes", "#3a6ea5"),
        ],
        Keypoints =
        [
            "left_eye", "right_eye", "left_eye_outer", "right_eye_outer", "nose_tip", "mouth_left", "mouth_right", "mouth_center",
            "chin", "left_ear", "right_ear", "neck_base",
        ],
        Skeleton = [[9, 2], [2, 0], [0, 4], [4, 1], [1, 3], [3, 10], [5, 7], [7, 6], [4, 7], [7, 8], [8, 11]],
        KeypointFlip = [1, 0, 3, 2, 4, 6, 5, 7, 8, 10, 9, 11],
        Depth = new DepthInfo("m", 10000, 0.9, 1.5),
    };
}
