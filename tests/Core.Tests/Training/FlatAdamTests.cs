using HandsOff.Core.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.Training;

public sealed class FlatAdamTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    public void It_moves_parameters_as_torch_s_Adam_and_AdamW_do(double decay)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Parameters(), Parameters());
        using var flat = new FlatAdam([("one", a[0]), ("two", a[1])], 0.01, 0.5, 0.99, 1e-8) { Decay = decay };
        using optim.Optimizer reference = decay == 0 ? optim.Adam(b, 0.01, 0.5, 0.99, 1e-8) : optim.AdamW(b, 0.01, 0.5, 0.99, 1e-8, weight_decay: decay);
        for (int i = 0; i < 5; i++)
        {
            flat.Minimise(Loss(a));
            reference.zero_grad();
            Loss(b).backward();
            reference.step();
        }

        for (int i = 0; i < 2; i++) Assert.True((a[i] - b[i]).abs().max().item<float>() < 1e-6f);

        static Tensor Loss(Parameter[] p) => (p[0].square().sum() - p[1].sum()).square() + p[1].pow(3).sum();
    }

    [Fact]
    public void A_parameter_out_of_the_loss_stays_and_a_gradient_that_is_no_number_counts_as_zero()
    {
        using var scope = NewDisposeScope();
        var p = Parameters();
        using var adam = new FlatAdam([("one", p[0]), ("two", p[1])], 0.01, 0, 0.99, 1e-8);
        float[] one = p[0].data<float>().ToArray(), two = p[1].data<float>().ToArray();
        adam.Minimise(p[0].sum() * float.NaN);
        Assert.Equal(one, p[0].data<float>().ToArray());
        Assert.Equal(two, p[1].data<float>().ToArray());
        adam.Minimise(p[0].sum());
        Assert.NotEqual(one, p[0].data<float>().ToArray());
        Assert.Equal(two, p[1].data<float>().ToArray());
    }

    private static Parameter[] Parameters() => [new Parameter(tensor(new[] { 1f, -2f, 3f })), new Parameter(tensor(new[] { 0.5f, 0.25f, -1f, 2f }, [2, 2]))];
}
