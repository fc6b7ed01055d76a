using HandsOff.Core.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HandsOff.Core.Labeling.Training;

/// <summary>One head of one member in training: parameters and batch norm statistics under the names they are stored by.</summary>
internal sealed class HeadNetwork : IDisposable
{
    private const double Momentum = 0.05;
    private readonly Dictionary<string, Parameter> _parameters = [];
    private readonly Dictionary<string, Tensor> _statistics = [];

    public HeadNetwork(HeadConfig head, int features, int outputs, torch.Generator random, Device device)
    {
        using var scope = NewDisposeScope();
        Head = head;
        foreach (var (key, shape) in MlpLayout.Tensors(features, head.Hidden1, head.Hidden2, outputs))
        {
            // He's initialisation; batch norms start at identity.
            using var value = shape.Length == 2 ? randn(shape, generator: random).mul_(Scalars.Live(Math.Sqrt(2.0 / shape[1])))
                : key.EndsWith("running_var", StringComparison.Ordinal) || key is "layers.2.weight" or "layers.5.weight" ? ones(shape)
                : zeros(shape);
            var placed = value.to(device, copy: true).DetachFromDisposeScope();
            if (key.Contains("running", StringComparison.Ordinal)) _statistics[key] = placed;
            else _parameters[key] = (Parameter)new Parameter(placed).DetachFromDisposeScope();
        }
    }

    public HeadConfig Head { get; }

    public IEnumerable<Parameter> Parameters => _parameters.Values;

    /// <summary>Features [P, F] to outputs [P, C]; batch statistics when training, running ones otherwise.</summary>
    public Tensor Forward(Tensor features, bool training)
    {
        var hidden = Norm(nn.functional.linear(features, _parameters["layers.0.weight"], _parameters["layers.0.bias"]).relu_(), "layers.2", training);
        hidden = Norm(nn.functional.linear(hidden, _parameters["layers.3.weight"], _parameters["layers.3.bias"]).relu_(), "layers.5", training);
        return nn.functional.linear(hidden, _parameters["layers.6.weight"], _parameters["layers.6.bias"]);
    }

    /// <summary>A copy of all tensors (CPU, detached). The caller disposes them.</summary>
    public Dictionary<string, Tensor> Snapshot()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return _parameters.Select(p => (p.Key, Value: (Tensor)p.Value)).Concat(_statistics.Select(s => (s.Key, s.Value)))
            .ToDictionary(t => t.Key, t => t.Value.detach().to(CPU, copy: true).DetachFromDisposeScope());
    }

    public void Dispose()
    {
        foreach (var p in _parameters.Values) p.Dispose();
        foreach (var s in _statistics.Values) s.Dispose();
    }

    private Tensor Norm(Tensor x, string layer, bool training) => nn.functional.batch_norm(
        x, _statistics[$"{layer}.running_mean"], _statistics[$"{layer}.running_var"], _parameters[$"{layer}.weight"], _parameters[$"{layer}.bias"],
        training, Momentum, MlpLayout.Epsilon);
}
