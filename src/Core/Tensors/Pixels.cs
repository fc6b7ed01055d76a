using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tensors;

/// <summary>Between stored pixels (RGB bytes, row-major) and image tensors in [-1,1]: float = byte / 127.5 - 1, byte = round((float + 1) * 127.5).</summary>
public static class Pixels
{
    /// <summary>[3,H,W] float32 on the CPU, from height*width*3 RGB bytes. The caller disposes it.</summary>
    public static Tensor FromRgb(byte[] rgb, int width, int height)
    {
        if (rgb.Length != width * height * 3) throw new ArgumentException($"{rgb.Length} bytes are not {width}x{height} RGB pixels", nameof(rgb));
        using var scope = NewDisposeScope();
        return FromBytes(tensor(rgb).view(height, width, 3).permute(2, 0, 1)).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Height*width*3 RGB bytes of one image [3,H,W]; values outside [-1,1] are clamped.</summary>
    public static byte[] ToRgb(Tensor image)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return ToBytes(image.detach()).permute(1, 2, 0).cpu().contiguous().bytes.ToArray();
    }

    /// <summary>Bytes as float32 in [-1,1], of any shape. In the caller's dispose scope.</summary>
    internal static Tensor FromBytes(Tensor bytes) => bytes.to(ScalarType.Float32).div_(Scalars.Of(127.5)).sub_(Scalars.One);

    /// <summary>Values of any shape as bytes; those outside [-1,1] are clamped. In the caller's dispose scope.</summary>
    internal static Tensor ToBytes(Tensor images) => images.add(Scalars.One, Scalars.One).mul_(Scalars.Of(127.5)).round_().clamp_(Scalars.Of(0), Scalars.Of(255)).to(ScalarType.Byte);
}
