using System.Text;
using HandsOff.Core.Checkpoints.Torch;

namespace HandsOff.Core.Checkpoints.Pickle;

/// <summary>
/// The only Python names a checkpoint's pickle may mention, each with the plain value that stands in for it. Everything
/// else (os.system, builtins.eval, any class with code) is refused by name before anything is made of it.
/// </summary>
internal sealed class InertGlobals
{
    private readonly Dictionary<(string Module, string Name), PickleGlobal> known = [];

    /// <param name="nested">Whether this is for the blob of one storage inside another pickle: it may hold no further blob.</param>
    public InertGlobals(bool nested = false)
    {
        Add("collections", "OrderedDict", OrderedDict);
        Add("dnnlib.util", "EasyDict", OrderedDict);
        Add("argparse", "Namespace", _ => new PickleInstance("argparse.Namespace"));
        foreach (string builtins in (string[])["builtins", "__builtin__"])
        {
            Add(builtins, "set", Set);
            Add(builtins, "frozenset", Set);
        }

        Add("_codecs", "encode", a => a[0] is string text ? new ReadOnlyMemory<byte>(Encoding.Latin1.GetBytes(text)) : throw Odd("_codecs.encode"));

        Add("torch", "Size", a => a[0] as PickleTuple ?? PickleTuple.Empty);
        Add("torch", "device", _ => new PickleInstance("torch.device"));
        Add("torch", "Tensor");
        Add("torch.nn.parameter", "Parameter");
        foreach (string name in TorchTypes.StorageNames) Add("torch", name);
        foreach (string name in TorchTypes.TypeNames) Add("torch", name);
        Add("torch", "UntypedStorage");
        Add("torch.storage", "UntypedStorage");
        Add("torch._utils", "_rebuild_tensor", TorchRebuild.Tensor);
        Add("torch._utils", "_rebuild_tensor_v2", TorchRebuild.Tensor);
        Add("torch._utils", "_rebuild_tensor_v3", TorchRebuild.TypedTensor);
        Add("torch._utils", "_rebuild_parameter", TorchRebuild.Parameter);
        Add("torch._utils", "_rebuild_parameter_with_state", TorchRebuild.Parameter);
        Add("torch._tensor", "_rebuild_from_type_v2", TorchRebuild.FromType);
        if (!nested) Add("torch.storage", "_load_from_bytes", TorchLegacyReader.LoadFromBytes);

        foreach (string multiarray in (string[])["numpy.core.multiarray", "numpy._core.multiarray"])
        {
            Add(multiarray, "scalar", NumpyRebuild.Scalar);
            Add(multiarray, "_reconstruct", _ => new NumpyArray());
        }

        Add("numpy", "ndarray");
        Add("numpy", "dtype", a => new NumpyType(a[0] as string ?? throw Odd("numpy.dtype")));

        Add("torch_utils.persistence", "_reconstruct_persistent_obj", Persistent);
    }

    /// <summary>The name's stand-in.</summary>
    /// <exception cref="PickleException">The name is not one a checkpoint needs.</exception>
    public PickleGlobal Find(string module, string name)
    {
        if (known.TryGetValue((module, name), out var found)) return found;
        string asked = Printable($"{module}.{name}");
        throw new PickleException(module.StartsWith("dnnlib.tflib", StringComparison.Ordinal)
            ? $"refused: '{asked}' is a TensorFlow network; convert it with the legacy.py of stylegan2-ada-pytorch and import what that writes"
            : $"refused: the pickle asks for '{asked}', which no checkpoint needs; nothing was run. If you trust the file, save its state_dict as safetensors and import that");
    }

    private void Add(string module, string name, Func<PickleTuple, object?>? construct = null)
        => known[(module, name)] = new PickleGlobal(module, name, construct);

    private static PickleException Odd(string name) => new($"broken pickle: '{name}' is called with other arguments than it takes");

    private static PickleDict OrderedDict(PickleTuple arguments)
    {
        var dict = new PickleDict();
        if (arguments.Count == 0) return dict;
        if (arguments[0] is not PickleList pairs) throw Odd("OrderedDict");
        foreach (object? pair in pairs.Items)
        {
            // Older Pythons wrote the pairs as lists.
            object?[] items = pair switch { PickleTuple t => t.Items, PickleList l => [.. l.Items], _ => [] };
            if (items.Length != 2) throw Odd("OrderedDict");
            dict.Set(items[0], items[1]);
        }

        return dict;
    }

    private static PickleList Set(PickleTuple arguments)
    {
        var set = new PickleList();
        if (arguments[0] is PickleList items)
            foreach (object? item in items.Items) set.Add(item);
        return set;
    }

    // The one argument describes the object: type, version, module_src (Python source: never looked at), class_name, state.
    private static PersistentObject Persistent(PickleTuple arguments)
        => arguments[0] is PickleDict meta && meta["type"] is "class" && meta["class_name"] is string name && meta["state"] is PickleDict state
            ? new PersistentObject(name, state)
            : throw new PickleException("a persistent object whose description has no class_name or no state: not written by NVlabs' torch_utils.persistence");

    private static string Printable(string name)
    {
        const int longest = 100;
        var text = new StringBuilder();
        foreach (char c in name.Length > longest ? name[..longest] + "..." : name) text.Append(char.IsControl(c) ? '?' : c);
        return text.ToString();
    }
}
