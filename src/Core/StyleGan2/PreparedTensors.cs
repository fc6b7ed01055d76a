using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.StyleGan2;

/// <summary>Tensors computed once and kept until disposal, on one device.</summary>
internal sealed class PreparedTensors(Device device) : IDisposable
{
    private readonly List<Tensor> tensors = [];

    public int Count => tensors.Count;

    /// <summary>Evaluates without gradients in a scope of its own, and keeps the result, as a copy that shares no memory.</summary>
    public Tensor Keep(Func<Tensor> compute)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var kept = compute().detach().to(device).clone().DetachFromDisposeScope();
        tensors.Add(kept);
        return kept;
    }

    public void Dispose()
    {
        foreach (var tensor in tensors) tensor.Dispose();
        tensors.Clear();
    }
}
