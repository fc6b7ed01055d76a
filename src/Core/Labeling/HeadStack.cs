using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Labeling;

/// <summary>
/// The layers of one head behind the first: ReLU, BN, Linear, ReLU, BN, Linear for all members at once, each batch norm
/// folded into the linear layer that follows it (exact at inference).
/// </summary>
internal sealed class HeadStack : IDisposable
{
    private readonly int _members;
    private readonly int _hidden1;
    private readonly Tensor _weight2;
    private readonly Tensor _bias2;
    private readonly Tensor _weight3;
    private readonly Tensor _bias3;

    public HeadStack(LabelerState state, HeadConfig head, int offset, Device device)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Head = head;
        Offset = offset;
        _members = state.Config.Members;
        _hidden1 = head.Hidden1;
        var second = Enumerable.Range(0, _members).Select(m => Fold(state, head, m, "layers.2", "layers.3")).ToList();
        var third = Enumerable.Range(0, _members).Select(m => Fold(state, head, m, "layers.5", "layers.6")).ToList();

        // [M, H1, H2] for pixels x H1 from the left; [M, C, H2] for H2 x pixels from the right.
        _weight2 = stack(second.Select(l => l.Weight.t())).contiguous().to(device).DetachFromDisposeScope();
        _bias2 = stack(second.Select(l => l.Bias)).unsqueeze(1).contiguous().to(device).DetachFromDisposeScope();
        _weight3 = stack(third.Select(l => l.Weight)).contiguous().to(device).DetachFromDisposeScope();
        _bias3 = stack(third.Select(l => l.Bias)).unsqueeze(2).contiguous().to(device).DetachFromDisposeScope();
    }

    public HeadConfig Head { get; }

    /// <summary>The head's first column in the fused first layer.</summary>
    public int Offset { get; }

    /// <summary>From the first layer's rectified sums [P, all hidden] to the outputs [M, C, P]. The caller disposes it.</summary>
    public Tensor Outputs(Tensor rectified)
    {
        using var scope = NewDisposeScope();
        var mine = rectified.narrow(1, Offset, _members * _hidden1).view(-1, _members, _hidden1).permute(1, 0, 2);
        var hidden = mine.bmm(_weight2).add_(_bias2, Scalars.One).relu_();
        return _weight3.bmm(hidden.transpose(1, 2)).add_(_bias3, Scalars.One).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _weight2.Dispose();
        _bias2.Dispose();
        _weight3.Dispose();
        _bias3.Dispose();
    }

    // BN(x) = x * a + (beta - mean * a) with a = gamma / sqrt(var + eps); then W (a x + b) + c = (W a) x + (W b + c).
    private static (Tensor Weight, Tensor Bias) Fold(LabelerState state, HeadConfig head, int member, string norm, string linear)
    {
        Tensor Get(string key) => state.Of(head, member, key).to(ScalarType.Float64);
        var a = Get($"{norm}.weight") / Get($"{norm}.running_var").Plus(MlpLayout.Epsilon).sqrt();
        var b = Get($"{norm}.bias") - (Get($"{norm}.running_mean") * a);
        var weight = Get($"{linear}.weight");
        return ((weight * a).to(ScalarType.Float32), weight.mv(b).Plus(Get($"{linear}.bias")).to(ScalarType.Float32));
    }
}
