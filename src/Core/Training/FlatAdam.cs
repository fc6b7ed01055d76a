using HandsOff.Core.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HandsOff.Core.Training;

/// <summary>
/// Adam (Kingma and Ba 2015) over all parameters of a network as one long vector: a handful of tensor operations a step
/// however many parameters there are, and two vectors and a count as its whole state. With <see cref="Decay"/> it is AdamW (Loshchilov and Hutter 2019). Gradients that are not finite
/// become 0 (NaN) or +-1e5, as in stylegan2-ada.
/// </summary>
internal sealed class FlatAdam : IDisposable
{
    private readonly List<(string Name, Parameter Value)> _parameters;
    private readonly double _beta1, _beta2, _epsilon;
    private readonly Tensor _mean, _square;

    /// <summary>An optimizer with empty state; keeps references to the parameters, owns its two state vectors.</summary>
    public FlatAdam(IEnumerable<(string Name, Parameter Value)> parameters, double rate, double beta1, double beta2, double epsilon)
    {
        _parameters = [.. parameters];
        (Rate, _beta1, _beta2, _epsilon) = (rate, beta1, beta2, epsilon);
        long size = _parameters.Sum(p => p.Value.NumberOfElements);
        var device = _parameters[0].Value.device;
        _mean = zeros(size, device: device).DetachFromDisposeScope();
        _square = zeros(size, device: device).DetachFromDisposeScope();
        Inputs = [.. _parameters.Select(p => (Tensor)p.Value)];
    }

    /// <summary>Learning rate; may change from step to step.</summary>
    public double Rate { get; set; }

    /// <summary>Factor of the rate for a parameter, by its name; 1 for all when null.</summary>
    public Func<string, double>? RateFactor { get; init; }

    /// <summary>Decoupled weight decay a unit of learning rate.</summary>
    public double Decay { get; init; }

    /// <summary>Updates done.</summary>
    public long Steps { get; private set; }

    /// <summary>The parameters, to differentiate by.</summary>
    public IList<Tensor> Inputs { get; }

    /// <summary>Differentiates the loss by every parameter and updates them. Parameters the loss does not depend on count as gradient 0.</summary>
    public void Minimise(Tensor loss, bool retainGraph = false)
    {
        using var scope = NewDisposeScope();
        var gradients = autograd.grad([loss], Inputs, retain_graph: retainGraph, allow_unused: true);
        using var noGrad = no_grad();
        var flat = cat([.. gradients.Select((g, i) => g is null || g.IsInvalid ? zeros_like(Inputs[i]).view(-1) : g.reshape(-1))], 0);
        Update(flat.nan_to_num_(0, 1e5, -1e5));
    }

    /// <summary>State tensors by parameter: <c>{prefix}mean.{name}</c>, <c>{prefix}square.{name}</c>. Views: valid while this lives; the caller disposes them.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State(string prefix)
    {
        long at = 0;
        foreach (var (name, value) in _parameters)
        {
            long n = value.NumberOfElements;
            yield return new($"{prefix}mean.{name}", _mean.narrow(0, at, n).view(value.shape));
            yield return new($"{prefix}square.{name}", _square.narrow(0, at, n).view(value.shape));
            at += n;
        }
    }

    /// <summary>Restores what <see cref="State"/> gave and the count of updates.</summary>
    /// <exception cref="HandsOffException">A tensor is missing or of another shape.</exception>
    public void Restore(IReadOnlyDictionary<string, Tensor> tensors, string prefix, long steps, string where)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, view) in State(prefix))
        {
            if (!tensors.TryGetValue(name, out var kept) || !kept.shape.SequenceEqual(view.shape))
                throw new HandsOffException($"{where}: optimizer state '{name}' is missing or not of shape [{string.Join(", ", view.shape)}]; resume with the network sizes the run began with");
            view.copy_(kept);
        }

        Steps = steps;
    }

    public void Dispose()
    {
        _mean.Dispose();
        _square.Dispose();
    }

    private void Update(Tensor gradient)
    {
        Steps++;
        if (_beta1 > 0) _mean.mul_(Scalars.Of(_beta1)).add_(gradient, Scalars.Of(1 - _beta1));
        else _mean.copy_(gradient);
        _square.mul_(Scalars.Of(_beta2)).addcmul_(gradient, gradient, Scalars.Of(1 - _beta2));
        double unbias1 = 1 - Math.Pow(_beta1, Steps), unbias2 = 1 - Math.Pow(_beta2, Steps);
        var move = _square.sqrt().div_(Scalars.Live(Math.Sqrt(unbias2))).add_(Scalars.Of(_epsilon), Scalars.One);
        move = _mean.div(move).mul_(Scalars.Live(-Rate / unbias1));
        long at = 0;
        foreach (var (name, value) in _parameters)
        {
            long n = value.NumberOfElements;
            double factor = RateFactor?.Invoke(name) ?? 1;
            if (Decay > 0) value.mul_(Scalars.Live(1 - factor * Rate * Decay));
            value.add_(move.narrow(0, at, n).view(value.shape), Scalars.Live(factor));
            at += n;
        }
    }
}
