using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.Tensors;

/// <summary>Reads the compiled code for numbers given to tensors without Scalars or TensorArithmetic, which keep them alive.</summary>
public sealed class ScalarCallTests
{
    /// <summary>HandsOff's assemblies beside this test: Core here, all of them in the client's tests, which compile this file too.</summary>
    public static TheoryData<string> Assemblies() =>
        [.. Directory.GetFiles(AppContext.BaseDirectory, "*.dll").Select(Path.GetFileNameWithoutExtension).OfType<string>()
            .Where(n => n.StartsWith("handsoff", StringComparison.OrdinalIgnoreCase) && !n.Contains(".Tests", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Every_number_given_to_a_tensor_is_kept_alive(string assembly)
    {
        var unheld = Unheld(CompiledAssembly.Methods(Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll"))).ToList();
        Assert.True(unheld.Count == 0, $"Write these with Scalars or TensorArithmetic of Core/Tensors; a garbage collection may free their scalars while libtorch reads them:\n{string.Join('\n', unheld)}");
    }

    [Theory]
    [InlineData(nameof(Samples.Number), "Scalar.op_Implicit(Double)")]
    [InlineData(nameof(Samples.Operator), "op_Multiply(TorchSharp.torch/Tensor, Double)")]
    [InlineData(nameof(Samples.Sum), "op_Addition(TorchSharp.torch/Tensor, TorchSharp.torch/Tensor)")]
    [InlineData(nameof(Samples.SumInPlace), "add_(TorchSharp.torch/Tensor)")]
    [InlineData(nameof(Samples.Square), "square()")]
    [InlineData(nameof(Samples.Function), "functional.softplus")]
    [InlineData(nameof(Samples.Reading), "ToSingle")]
    [InlineData(nameof(Samples.Module), "nn.Softplus")]
    [InlineData(nameof(Samples.Lambda), "square()")]
    public void A_scalar_that_nobody_holds_is_found(string method, string call)
    {
        var unheld = Unheld(CompiledAssembly.Methods(typeof(Samples).Assembly.Location).Where(m => IsOf(m.Name, method)));
        Assert.Contains(call, Assert.Single(unheld), StringComparison.Ordinal);
    }

    [Fact]
    public void Operators_of_two_tensors_but_the_sum_are_as_good() =>
        Assert.Empty(Unheld(CompiledAssembly.Methods(typeof(Samples).Assembly.Location).Where(m => IsOf(m.Name, nameof(Samples.Held)))));

    // A lambda is compiled into a method of a nested type, named after the method it stands in.
    private static bool IsOf(MethodName name, string method) =>
        name.Type.Contains($"/{nameof(Samples)}", StringComparison.Ordinal) && (name.Name == method || name.Name.StartsWith($"<{method}>", StringComparison.Ordinal));

    private static IEnumerable<string> Unheld(IEnumerable<CompiledMethod> methods) =>
        from method in methods
        where method.Name.Type.Split('/')[0] != "HandsOff.Core.Tensors.Scalars"
        from call in method.Calls
        where ScalarMakers.All.Contains(call)
        select $"{method.Name.Type}.{method.Name.Name} calls {call}";

    private static class Samples
    {
        public static Tensor Number(Tensor x) => x.clamp_min(0.5);

        public static Tensor Operator(Tensor x) => x * 0.5;

        public static Tensor Sum(Tensor x, Tensor y) => x + y;

        public static void SumInPlace(Tensor x, Tensor y) => x.add_(y);

        public static Tensor Square(Tensor x) => x.square();

        public static Tensor Function(Tensor x) => nn.functional.softplus(x);

        public static float Reading(Tensor x) => x.ToSingle();

        public static nn.Module<Tensor, Tensor> Module() => nn.Softplus();

        public static IEnumerable<Tensor> Lambda(IEnumerable<Tensor> all) => all.Select(x => x.square());

        public static Tensor Held(Tensor x, Tensor y) => -((x - y) * x / y);
    }
}
