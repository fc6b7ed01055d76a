using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Downstream;

/// <summary>Bilinear enlargement of maps.</summary>
internal static class Resize
{
    /// <summary>[B,C,height,width]; the map itself when it has that size.</summary>
    public static Tensor To(Tensor map, long height, long width) =>
        map.shape[2] == height && map.shape[3] == width ? map : nn.functional.interpolate(map, [height, width], mode: InterpolationMode.Bilinear, align_corners: false);
}
