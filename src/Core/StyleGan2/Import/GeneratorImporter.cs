using HandsOff.Core.Checkpoints;
using HandsOff.Core.Checkpoints.Pickle;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.StyleGan2.Import;

/// <summary>
/// Imports StyleGAN2 networks that others trained: NVlabs .pkl (PyTorch), rosinality .pt, and either layout in safetensors.
/// Nothing in the file is run. Sizes are read off the tensors' shapes; anything missing, unknown or misshapen is an error.
/// </summary>
public static class GeneratorImporter
{
    private const int AverageLatents = 10_000;
    private static readonly string[] Groups = ["G_ema.", "g_ema.", "G.", "g.", ""];

    /// <summary>Reads a checkpoint. The caller disposes what comes back; weights are float32 on the CPU.</summary>
    /// <exception cref="HandsOffException">Unreadable, asking for code, no StyleGAN2 generator, or of unexpected names or shapes.</exception>
    public static ImportedNetworks Import(string path)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var checkpoint = Checkpoint.Open(path);
        string group = Array.Find(Groups, g => checkpoint.Has(g + "synthesis.b4.const") || checkpoint.Has(g + "input.input")) ?? throw NoGenerator(checkpoint);
        bool rosinality = checkpoint.Has(group + "input.input");
        var notes = new List<string>();
        var state = rosinality ? LoadRosinality(checkpoint, group) : LoadPart(checkpoint, group, skip: group.Length == 0 ? IsDiscriminator : null);

        CheckFilters(state, path, rosinality ? 4 : 1);
        Fit(state);
        var config = NetworkShape.Infer(state, path, MinibatchGroup(checkpoint));
        bool averageMissing = state.TryAdd("mapping.w_avg", zeros(config.WDim));
        var generator = new Generator(config);
        Discriminator? discriminator = null;
        try
        {
            NetworkState.Load(generator, state, path);
            if (averageMissing)
            {
                EstimateAverage(generator);
                notes.Add($"the file has no mean latent (latent_avg): estimated from {AverageLatents:N0} latents");
            }

            if (rosinality && checkpoint.Has("d.final_linear.1.weight")) notes.Add("its discriminator ('d') is left out: only NVlabs discriminators are imported");
            if (!rosinality) discriminator = ImportDiscriminator(checkpoint, group, config, notes);
            return new ImportedNetworks(generator, discriminator, checkpoint.Format, rosinality ? "rosinality" : "NVlabs", notes);
        }
        catch
        {
            generator.Dispose();
            discriminator?.Dispose();
            throw;
        }
    }

    private static Dictionary<string, Tensor> LoadRosinality(Checkpoint checkpoint, string group)
    {
        var state = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var names = checkpoint.Names.Where(n => n.StartsWith(group, StringComparison.Ordinal)).Select(n => (Stored: n, Plain: n[group.Length..]));
        if (group.Length > 0 && checkpoint.Has("latent_avg")) names = names.Append((Stored: "latent_avg", Plain: "latent_avg"));
        foreach (var (stored, plain) in names)
        {
            string name = RosinalityNames.ToNvlabs(plain) ?? throw new HandsOffException($"{checkpoint.Path}: tensor '{stored}' is no part of a rosinality StyleGAN2 generator");
            state[name] = LoadFinite(checkpoint, stored);
        }

        return state;
    }

    private static Dictionary<string, Tensor> LoadPart(Checkpoint checkpoint, string prefix, Func<string, bool>? skip = null)
    {
        var state = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (string stored in checkpoint.Names)
            if (stored.StartsWith(prefix, StringComparison.Ordinal) && skip?.Invoke(stored) != true) state[stored[prefix.Length..]] = LoadFinite(checkpoint, stored);
        return state;
    }

    // Float32 in the import's dispose scope.
    private static Tensor LoadFinite(Checkpoint checkpoint, string name)
    {
        using var raw = checkpoint.Load(name);
        var value = raw.to(ScalarType.Float32, copy: true);
        return value.isfinite().all().item<bool>() ? value : throw new HandsOffException($"{checkpoint.Path}: tensor '{name}' holds NaN or infinite weights; take an earlier checkpoint");
    }

    private static bool IsDiscriminator(string name) => name.StartsWith("D.", StringComparison.Ordinal);

    // Every fixed FIR must be the one that this project's networks have built in: [1, 3, 3, 1] x [1, 3, 3, 1] / 64, times a gain.
    private static void CheckFilters(Dictionary<string, Tensor> state, string path, float gain)
    {
        using var scope = NewDisposeScope();
        var row = tensor(new float[] { 1, 3, 3, 1 });
        var expected = row.outer(row).Over(64);
        foreach (var (name, filter) in state)
        {
            if (!name.EndsWith("resample_filter", StringComparison.Ordinal)) continue;
            if (!filter.shape.SequenceEqual(expected.shape) || !filter.allclose(expected.Times(gain), rtol: 1e-4, atol: 1e-5))
                throw new HandsOffException($"{path}: '{name}' is another resampling filter than [1, 3, 3, 1]; networks with it cannot be imported");
        }
    }

    // Leading dimensions of 1 that rosinality has and NVlabs has not; shapes that this does not explain are left for the check to name.
    private static void Fit(Dictionary<string, Tensor> state)
    {
        foreach (string name in state.Keys.ToList())
        {
            var value = state[name];
            int rank = name.EndsWith(".const", StringComparison.Ordinal) ? 3
                : name.EndsWith("noise_const", StringComparison.Ordinal) ? 2
                : name.EndsWith("bias", StringComparison.Ordinal) || name == "mapping.w_avg" ? 1
                : name.EndsWith(".weight", StringComparison.Ordinal) ? 4
                : 5;
            if (rank == 1 && value.NumberOfElements == value.shape.DefaultIfEmpty(1).Max()) value = value.flatten();
            while (value.dim() > rank && value.shape[0] == 1) value = value.squeeze(0);
            state[name] = value;
        }
    }

    private static Discriminator? ImportDiscriminator(Checkpoint checkpoint, string group, StyleGan2Config config, List<string> notes)
    {
        string prefix = group.StartsWith('g') ? "d." : "D.";
        if (!checkpoint.Has(prefix + "b4.out.weight")) return null;
        var discriminator = new Discriminator(config);
        try
        {
            var state = LoadPart(checkpoint, prefix);
            CheckFilters(state, checkpoint.Path, 1);
            NetworkState.Load(discriminator, state, checkpoint.Path);
            return discriminator;
        }
        catch (HandsOffException e)
        {
            // The generator is what was asked for; it does not need its discriminator.
            discriminator.Dispose();
            notes.Add($"its discriminator is left out: {e.Message}");
            return null;
        }
    }

    private static void EstimateAverage(Generator generator)
    {
        using var scope = NewDisposeScope();
        using var random = new torch.Generator(0, CPU);
        generator.WAverage.copy_(generator.Mapping.forward(randn([AverageLatents, generator.Config.ZDim], generator: random)).mean([0]));
    }

    private static int MinibatchGroup(Checkpoint checkpoint)
    {
        if (checkpoint.Metadata.TryGetValue("mbstd_group", out string? text) && int.TryParse(text, out int group) && group > 0) return group;
        object? part = checkpoint.Root is PickleDict root ? root["D"] : null;
        foreach (string name in (string[])["b4", "mbstd"]) part = part is PersistentObject module && module.State["_modules"] is PickleDict modules ? modules[name] : null;
        return part is PersistentObject { State: var state } && state["group_size"] is long size and > 0 and <= 4096 ? (int)size : 4;
    }

    private static HandsOffException NoGenerator(Checkpoint checkpoint)
    {
        bool Any(string part) => checkpoint.Names.Any(n => n.Contains(part, StringComparison.Ordinal));
        string found = Any("synthesis.L0_") || Any("synthesis.input.transform") ? "it is a StyleGAN3 network"
            : Any("g_synthesis.") ? "it is a StyleGAN1 network"
            : Any("layers.0.weight") ? "it looks like a labeler member (--as labeler)"
            : !checkpoint.Names.Any() ? "it holds no tensors"
            : $"it holds {checkpoint.Names.Count()} tensors ('{checkpoint.Names.First()}', ...)";
        return new HandsOffException($"{checkpoint.Path}: no StyleGAN2 generator in NVlabs' or rosinality's layout: {found}");
    }
}
