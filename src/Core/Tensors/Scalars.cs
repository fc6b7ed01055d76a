using System.Collections.Concurrent;
using TorchSharp;

namespace HandsOff.Core.Tensors;

/// <summary>
/// Numbers as TorchSharp's scalars, kept for ever. A literal passed to a tensor operation becomes a <see cref="Scalar"/> that nobody holds while libtorch reads it: a
/// garbage collection at that moment frees it, and the operation fails, or computes with another number. Seen once in some hours of a machine under
/// load; what promises its bits, rendering and labelling, uses these. For constants: each value stays in memory.
/// </summary>
internal static class Scalars
{
    private static readonly ConcurrentDictionary<double, Scalar> s_real = new();
    private static readonly ConcurrentDictionary<long, Scalar> s_whole = new();

    public static Scalar Of(double value) => s_real.GetOrAdd(value, v => v.ToScalar());

    public static Scalar Of(long value) => s_whole.GetOrAdd(value, v => v.ToScalar());
}
