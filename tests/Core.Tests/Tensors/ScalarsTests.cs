using System.Diagnostics;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.Tensors;

[Collection(nameof(CollectingAlone))]
public sealed class ScalarsTests
{
    /// <summary>With TorchSharp's operators in place of these, a run of this length throws more often than not.</summary>
    [Fact]
    public void Numbers_outlive_the_call_while_garbage_is_collected_without_rest()
    {
        using var x = full([16], Scalars.Of(3.0));
        using var end = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!end.IsCancellationRequested) GC.Collect(0);
        });
        collector.Start();
        try
        {
            var clock = Stopwatch.StartNew();
            for (long round = 1; clock.Elapsed.TotalSeconds < 2.5; round++)
            {
                using var scope = NewDisposeScope();
                double number = round % 1000 + 0.5;
                long whole = round % 1000 + 1;
                Assert.Equal(3 * number, At(x.Times(number)));
                Assert.Equal(3 + whole, At(x.Plus(whole)));
                Assert.Equal(3 - number, At(x.Minus(number)));
                Assert.Equal(3 * whole, At(x.Over(1.0 / 1024).Over(1024).Times(whole)));
                Assert.Equal(12, At(x.Squared().Plus(x)));
                Assert.Equal(number, At(x.clamp(Scalars.Live(number), Scalars.Live(number))));
            }
        }
        finally
        {
            end.Cancel();
            collector.Join();
        }

        static double At(Tensor y) => y[3].item<float>();
    }

    [Fact]
    public void Results_are_those_of_the_operators_bit_for_bit()
    {
        using var scope = NewDisposeScope();
        using var random = new torch.Generator(2, CPU);
        Tensor[] all = [randn([1000], generator: random), randn([1000], ScalarType.Float64, generator: random), randn([1000], generator: random).to(ScalarType.BFloat16), randint(-50, 50, [1000], ScalarType.Int64, generator: random)];
        foreach (var x in all)
        {
            var y = x.flip(0);
            Same(x + y, x.Plus(y));
            Same(x + 0.1, x.Plus(0.1));
            Same(x + 0.1f, x.Plus(0.1f));
            Same(x + 3, x.Plus(3));
            Same(x - 0.1f, x.Minus(0.1f));
            Same(x - 3, x.Minus(3));
            Same(x * 0.1f, x.Times(0.1f));
            Same(x * 3L, x.Times(3L));
            Same(x / 0.1, x.Over(0.1));
            Same(x / 3, x.Over(3));
            Same(x.square(), x.Squared());
            if (x.is_floating_point()) Same(nn.functional.softplus(x * 20), x.Times(20).Softplus());
            Assert.Equal(x[7].to(ScalarType.Float64).item<double>(), x[7].Number());
        }

        static void Same(Tensor expected, Tensor actual)
        {
            Assert.Equal(expected.dtype, actual.dtype);
            Assert.True(expected.equal(actual).all().item<bool>());
        }
    }

    [Fact]
    public void A_number_lives_until_its_thread_has_made_256_more()
    {
        var scalar = Scalars.Live(0.25);
        for (int i = 0; i < 255; i++) Scalars.Live(i);
        Assert.Equal(0.25, scalar.ToDouble());
        var next = Scalars.Live(1);
        Assert.Equal(1, next.ToDouble());
        Assert.Same(Scalars.Of(7.5), Scalars.Of(7.5));
    }
}
