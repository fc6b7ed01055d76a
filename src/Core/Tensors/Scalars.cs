using System.Collections.Concurrent;
using TorchSharp;

namespace HandsOff.Core.Tensors;

/// <summary>
/// Numbers as TorchSharp's scalars, alive for as long as libtorch reads them. TorchSharp makes a <see cref="Scalar"/> of a number passed to a tensor operation, and
/// nobody holds it once its handle was read: a garbage collection at that moment frees it, and the operation throws ("INTERNAL ASSERT FAILED at c10/core/Scalar.h")
/// or computes with another number. Some eight in a million calls with a collector that never rests, once in some hours of a machine under load. So no number goes to
/// a tensor except by this class or <see cref="TensorArithmetic"/>. <c>ScalarCallTests</c> reads the compiled code and names each call that makes a scalar nobody
/// holds, also inside TorchSharp (<c>a + b</c> of two tensors, <c>square()</c>). TorchSharp's optimizers make theirs inside as well; <see cref="Training.FlatAdam"/> stands in for them.
/// </summary>
internal static class Scalars
{
    /// <summary>How many scalars of <see cref="Live(double)"/> a thread keeps, a power of two; one call takes three at most.</summary>
    private const int Kept = 256;

    private static readonly ConcurrentDictionary<double, Scalar> s_real = new();
    private static readonly ConcurrentDictionary<long, Scalar> s_whole = new();

    [ThreadStatic]
    private static Scalar?[]? s_ring;

    [ThreadStatic]
    private static int s_next;

    /// <summary>The whole number 1, the factor of every addition.</summary>
    public static Scalar One { get; } = Of(1);

    /// <summary>The whole number 2, the exponent of a square.</summary>
    public static Scalar Two { get; } = Of(2);

    /// <summary>A constant: kept for ever, so only for literals and settings.</summary>
    public static Scalar Of(double value) => s_real.GetOrAdd(value, v => v.ToScalar());

    /// <inheritdoc cref="Of(double)"/>
    public static Scalar Of(long value) => s_whole.GetOrAdd(value, v => v.ToScalar());

    /// <summary>Any number, as an argument of the call it is made for: kept until the thread has made 256 more.</summary>
    public static Scalar Live(double value) => Keep(value.ToScalar());

    /// <inheritdoc cref="Live(double)"/>
    public static Scalar Live(long value) => Keep(value.ToScalar());

    private static Scalar Keep(Scalar scalar)
    {
        var ring = s_ring ??= new Scalar?[Kept];
        ref var slot = ref ring[s_next++ & (Kept - 1)];
        slot?.Dispose();
        return slot = scalar;
    }
}
