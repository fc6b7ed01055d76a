using static TorchSharp.torch;

namespace HandsOff.Core.Checkpoints;

/// <summary>
/// Reads the tensors of checkpoints that others wrote: torch.save files (.pt, .pth, either format), NVlabs pickles (.pkl)
/// and safetensors. No code in a file is ever run: anything but tensors and plain values is refused by name.
/// </summary>
public static class CheckpointReader
{
    // A file with several networks has its averaged generator first in line.
    private static readonly string[] Groups = ["G_ema.", "g_ema.", "G.", "g.", "model_state_dict.", "state_dict."];

    /// <summary>
    /// The file's state dict with the names its writer gave: of several networks the averaged generator (G_ema, g_ema,
    /// with <c>latent_avg</c> beside it), of a wrapped one (model_state_dict, state_dict) what is inside, without the
    /// <c>module.</c> that data-parallel training puts before every name.
    /// </summary>
    /// <param name="path">A file; what it is shows in its first bytes.</param>
    /// <returns>Tensors on the CPU in their stored types; the caller disposes them.</returns>
    /// <exception cref="HandsOffException">Missing, broken, without a tensor, or asking for anything else than tensors.</exception>
    public static Dictionary<string, Tensor> ReadStateDict(string path)
    {
        using var checkpoint = Checkpoint.Open(path);
        var names = StateDictNames(checkpoint);
        var state = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        try
        {
            foreach (var (name, stored) in names) state[name] = checkpoint.Load(stored);
            return state;
        }
        catch
        {
            foreach (var tensor in state.Values) tensor.Dispose();
            throw;
        }
    }

    /// <summary>Plain name to path in the file, as <see cref="ReadStateDict"/> chooses them.</summary>
    internal static Dictionary<string, string> StateDictNames(Checkpoint checkpoint)
    {
        string group = Array.Find(Groups, g => checkpoint.Names.Any(n => n.StartsWith(g, StringComparison.Ordinal))) ?? "";
        var names = checkpoint.Names.Where(n => n.StartsWith(group, StringComparison.Ordinal)).ToDictionary(n => n[group.Length..], n => n, StringComparer.Ordinal);
        if (names.Count == 0) throw new HandsOffException($"{checkpoint.Path}: holds no tensors");
        const string parallel = "module.";
        if (names.Keys.All(n => n.StartsWith(parallel, StringComparison.Ordinal))) names = names.ToDictionary(n => n.Key[parallel.Length..], n => n.Value, StringComparer.Ordinal);
        if (group.Length > 0 && checkpoint.Has("latent_avg")) names["latent_avg"] = "latent_avg";
        return names;
    }
}
