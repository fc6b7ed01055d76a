using System.Security.Cryptography;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.StyleGan2;

/// <summary>State of a network under NVlabs' names, and its file: safetensors with the shape figures in the metadata.</summary>
internal static class NetworkState
{
    /// <summary>Parameters and persistent buffers by name: the module's own tensors, not copies.</summary>
    public static Dictionary<string, Tensor> Of(nn.Module module)
    {
        var state = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, value) in module.named_parameters()) state[name] = value;
        foreach (var (name, value) in module.named_buffers())
            if (name.Split('.')[^1] != Fir.BufferName) state[name] = value;
        return state;
    }

    /// <summary>Copies tensors into the module; every tensor of the module must be there, in its shape.</summary>
    /// <param name="where">Named in errors: the file the tensors came from.</param>
    public static void Load(nn.Module module, IReadOnlyDictionary<string, Tensor> source, string where)
    {
        var state = Of(module);
        foreach (var (name, target) in state)
        {
            if (!source.TryGetValue(name, out var value))
                throw new HandsOffException($"{where}: tensor '{name}' is missing; a network of this shape needs {state.Count} tensors, [{string.Join(", ", target.shape)}] here");
            if (!value.shape.SequenceEqual(target.shape) && value.NumberOfElements != 1 | target.NumberOfElements != 1)
                throw new HandsOffException($"{where}: tensor '{name}' has shape [{string.Join(", ", value.shape)}], expected [{string.Join(", ", target.shape)}]");
            CheckFinite(name, value, where);
        }

        // resample_filter is NVlabs' stored copy of the fixed FIR.
        string? stranger = source.Keys.FirstOrDefault(k => !state.ContainsKey(k) && !k.EndsWith("resample_filter", StringComparison.Ordinal));
        if (stranger is not null) throw new HandsOffException($"{where}: tensor '{stranger}' is no part of a network of this shape");
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, target) in state) target.copy_(source[name].reshape(target.shape));
    }

    /// <exception cref="HandsOffException">The tensor holds NaN or infinity.</exception>
    public static void CheckFinite(string name, Tensor value, string where)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        if (!value.isfinite().all().item<bool>()) throw new HandsOffException($"{where}: tensor '{name}' holds NaN or infinite weights; train or copy it again");
    }

    public static void Save(nn.Module module, StyleGan2Config config, string path) => SafeTensors.Write(path, Of(module), MetadataOf(config));

    /// <summary>SHA-256 of the state, lower-case hex.</summary>
    public static string Digest(nn.Module module)
    {
        using var stream = new MemoryStream();
        SafeTensors.Write(stream, Of(module));
        return Convert.ToHexStringLower(SHA256.HashData(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
    }

    private static Dictionary<string, string> MetadataOf(StyleGan2Config config)
    {
        var metadata = new Dictionary<string, string>
        {
            ["width"] = $"{config.Width}",
            ["height"] = $"{config.Height}",
            ["z_dim"] = $"{config.ZDim}",
            ["w_dim"] = $"{config.WDim}",
            ["mapping_layers"] = $"{config.MappingLayers}",
            ["channel_base"] = $"{config.ChannelBase}",
            ["channel_max"] = $"{config.ChannelMax}",
            ["mbstd_group"] = $"{config.MbstdGroup}",
        };
        if (config.BlockCount is { } blocks) metadata["blocks"] = $"{blocks}"; // written only where it says more than the size
        return metadata;
    }

    /// <summary>Reads a file, builds the network its metadata describes, and fills it.</summary>
    public static T Load<T>(string path, Func<StyleGan2Config, T> create, Device? device)
        where T : nn.Module
    {
        var (tensors, metadata) = SafeTensors.Read(path);
        try
        {
            var module = create(ConfigOf(metadata, path));
            Load(module, tensors, path);
            if (device is not null) module.to(device);
            return module;
        }
        finally
        {
            foreach (var tensor in tensors.Values) tensor.Dispose();
        }
    }

    private static StyleGan2Config ConfigOf(Dictionary<string, string> metadata, string path)
    {
        int Figure(string key) => metadata.TryGetValue(key, out string? text) && int.TryParse(text, out int value)
            ? value
            : throw new HandsOffException($"{path}: its metadata has no whole number '{key}'; expected a network saved by handsoff (import others with 'handsoff import')");
        return new StyleGan2Config
        {
            Width = Figure("width"),
            Height = Figure("height"),
            ZDim = Figure("z_dim"),
            WDim = Figure("w_dim"),
            MappingLayers = Figure("mapping_layers"),
            ChannelBase = Figure("channel_base"),
            ChannelMax = Figure("channel_max"),
            MbstdGroup = Figure("mbstd_group"),
            BlockCount = metadata.ContainsKey("blocks") ? Figure("blocks") : null,
        }.Validate();
    }
}
