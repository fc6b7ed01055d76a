using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.Tensors;

/// <summary>Against float64, whose convolutions are plain loops. Memory that was used before shows what a kernel leaves uninitialised.</summary>
public sealed class WholeConvTests
{
    public static IEnumerable<TheoryDataRow<int, int, int, bool>> Shapes() =>
        from inputs in new[] { 3, 10, 16, 24, 48, 64, 160 }
        from outputs in new[] { 3, 16, 40, 112 }
        from kernel in new[] { 1, 3 }
        from transposed in new[] { false, true }
        select new TheoryDataRow<int, int, int, bool>(inputs, outputs, kernel, transposed);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Values_and_gradients_equal_those_of_float64(int inputs, int outputs, int kernel, bool transposed)
    {
        using var random = new torch.Generator(4, CPU);
        for (int round = 0; round < 3; round++)
        {
            using var scope = NewDisposeScope();
            Spoil();
            var x = randn(4, inputs, 8, 8, generator: random);
            var weight = randn(transposed ? [inputs, outputs, kernel, kernel] : [outputs, inputs, kernel, kernel], generator: random) * 0.1f;
            var towards = randn(transposed ? 4 * outputs * (14 + kernel) * (14 + kernel) : 4 * outputs * 4 * 4, generator: random);
            Tensor[] Run(ScalarType type)
            {
                var (a, b) = (x.to(type, copy: true).requires_grad_(true), weight.to(type, copy: true).requires_grad_(true));
                var y = transposed ? WholeConv.Transposed(a, b, stride: 2) : WholeConv.Apply(a, b, null, stride: 2, padding: kernel / 2);
                return [y.detach(), .. autograd.grad([(y.flatten() * towards.to(type)).sum()], [a, b])];
            }

            var exact = Run(ScalarType.Float64);
            var actual = Run(ScalarType.Float32);
            for (int i = 0; i < 3; i++)
            {
                double off = ((actual[i].to(ScalarType.Float64) - exact[i]).norm() / exact[i].norm()).item<double>();
                Assert.True(off < 1e-5, $"{(i == 0 ? "values" : i == 1 ? "gradient by input" : "gradient by weight")} off by {off:g3} in round {round}");
            }
        }
    }

    private static void Spoil()
    {
        foreach (int size in new[] { 4 * 16 * 64, 4 * 32 * 64, 4 * 64 * 64, 32 * 32 * 9, 64 * 32 * 9, 64 * 64 * 9, 160 * 128 * 9 })
        {
            using var used = full(size, float.NaN);
        }
    }
}
