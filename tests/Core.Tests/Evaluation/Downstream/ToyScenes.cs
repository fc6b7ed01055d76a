using HandsOff.Core.Evaluation.Downstream;
using HandsOff.Core.Labeling;

namespace HandsOff.Core.Tests.Evaluation.Downstream;

/// <summary>Images of a bright square on a dark ground: easy to learn, and every label is known.</summary>
internal static class ToyScenes
{
    public const int Size = 16;

    public static LabelSchema Schema { get; } = new()
    {
        Classes = [new("ground", "#000000"), new("square", "#ff0000")],
        Keypoints = ["left", "right"],
        KeypointFlip = [1, 0],
        Depth = new DepthInfo("m", 1000, 1, 2),
    };

    /// <summary>Squares of 5 pixels; keypoints at its left and right edge's middle, depth 1.2 on it and 1.8 off it.</summary>
    public static DenseSet Set(int count, int first = 0)
    {
        var builder = new DenseSetBuilder(Schema, Size, Size);
        for (int i = first; i < first + count; i++) builder.Add(Image(2 + (i * 5 % 9), 2 + (i * 7 % 9)));
        return builder.Build();
    }

    public static LabeledImage Image(int left, int top)
    {
        var rgb = new byte[Size * Size * 3];
        var mask = new byte[Size * Size];
        var depth = new float[Size * Size];
        for (int i = 0; i < mask.Length; i++)
        {
            bool on = i % Size >= left && i % Size < left + 5 && i / Size >= top && i / Size < top + 5;
            mask[i] = on ? (byte)1 : (byte)0;
            depth[i] = on ? 1.2f : 1.8f;
            for (int c = 0; c < 3; c++) rgb[3 * i + c] = (byte)(on ? 220 - 20 * c : 30 + 10 * c);
        }

        return new LabeledImage { Width = Size, Height = Size, Rgb = rgb, Mask = mask, Depth = depth, Keypoints = [left, top + 2, 2, left + 4, top + 2, 2] };
    }
}
