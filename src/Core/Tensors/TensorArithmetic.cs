using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tensors;

/// <summary>
/// What the operators of tensors do, bit for bit, with numbers that outlive the native call; why, <see cref="Scalars"/> says. Differences, products and quotients of two
/// tensors take no number: their operators are as good. A sum does, the factor of its second term.
/// </summary>
internal static class TensorArithmetic
{
    public static Tensor Plus(this Tensor x, Tensor y) => x.add(y, Scalars.One);

    public static Tensor Plus(this Tensor x, double y) => x.add(Scalars.Live(y), Scalars.One);

    public static Tensor Plus(this Tensor x, long y) => x.add(Scalars.Live(y), Scalars.One);

    public static Tensor Minus(this Tensor x, double y) => x.sub(Scalars.Live(y));

    public static Tensor Minus(this Tensor x, long y) => x.sub(Scalars.Live(y));

    public static Tensor Times(this Tensor x, double y) => x.mul(Scalars.Live(y));

    public static Tensor Times(this Tensor x, long y) => x.mul(Scalars.Live(y));

    public static Tensor Over(this Tensor x, double y) => x.div(Scalars.Live(y));

    public static Tensor Over(this Tensor x, long y) => x.div(Scalars.Live(y));

    public static Tensor Squared(this Tensor x) => x.pow(Scalars.Two);

    /// <summary>log(1 + exp(x)), x itself above 20 as is torch's default.</summary>
    public static Tensor Softplus(this Tensor x) => Softplus(x, Scalars.Of(1.0), Scalars.Of(20.0));

    /// <summary>The number a tensor of one element holds, of whatever type.</summary>
    public static double Number(this Tensor x) => x.to(ScalarType.Float64).item<double>();

    // TorchSharp's public one takes numbers and makes the scalars inside.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "softplus1")]
    private static extern Tensor Softplus(Tensor x, Scalar beta, Scalar threshold);
}
