using HandsOff.Core.StyleGan2;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Training;

/// <summary>
/// Starts a run from another's networks, usually one of a lower resolution: every tensor with the same name and shape is
/// taken over, the rest stays fresh. New blocks' RGB layers start at zero, so the grown generator first shows the old
/// images enlarged.
/// </summary>
internal static class GanGrowth
{
    /// <summary>Copies the networks of a run folder, or of one of its checkpoints, into a fresh state. Returns how many tensors were taken and left fresh.</summary>
    /// <exception cref="HandsOffException">The folder holds no networks, or none of their tensors fits.</exception>
    public static (int Taken, int Fresh) Start(string from, GanState state)
    {
        string folder = GanCheckpoint.Latest(from) ?? from;
        string generatorFile = Path.Combine(folder, GanCheckpoint.GeneratorFile), discriminatorFile = Path.Combine(folder, GanCheckpoint.DiscriminatorFile);
        if (!File.Exists(generatorFile) || !File.Exists(discriminatorFile))
            throw new HandsOffException($"{from}: not a training run; it should hold {GanCheckpoint.GeneratorFile} and {GanCheckpoint.DiscriminatorFile}");
        using var old = StyleGan2.Generator.Load(generatorFile, state.Device);
        using var judge = Discriminator.Load(discriminatorFile, state.Device);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var g = Copy(old.StateTensors(), state.Generator.StateTensors());
        var d = Copy(judge.StateTensors(), state.Discriminator.StateTensors());
        if (g.Taken == 0) throw new HandsOffException($"{generatorFile}: none of its tensors fits the new network; grow with the same --z-dim, --w-dim, --channel-base and --channel-max");
        foreach (var (name, tensor) in state.Generator.StateTensors())
            if (name.Contains(".torgb.", StringComparison.Ordinal) && name.EndsWith("torgb.weight", StringComparison.Ordinal) && !old.StateTensors().ContainsKey(name)) tensor.zero_();
        state.CopyToAverage();
        return (g.Taken + d.Taken, g.Fresh + d.Fresh);
    }

    private static (int Taken, int Fresh) Copy(IReadOnlyDictionary<string, Tensor> from, IReadOnlyDictionary<string, Tensor> into)
    {
        int taken = 0;
        foreach (var (name, tensor) in into)
        {
            if (!from.TryGetValue(name, out var old) || !old.shape.SequenceEqual(tensor.shape)) continue;
            tensor.copy_(old);
            taken++;
        }

        return (taken, into.Count - taken);
    }
}
