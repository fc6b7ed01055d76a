using HandsOff.Core.Checkpoints.Pickle;
using HandsOff.Core.Checkpoints.Torch;

namespace HandsOff.Core.Checkpoints;

/// <summary>Turns a pickle's result into its tensors by path: dictionaries by key, lists by index, modules by attribute.</summary>
internal static class CheckpointFlattener
{
    // Shared parts may be reached over many paths, exponentially many in a malicious file.
    private const int MostVisits = 200_000;
    private const int DeepestPath = 64;

    public static IReadOnlyDictionary<string, CheckpointTensor> Flatten(object? root)
    {
        var found = new OrderedDictionary<string, CheckpointTensor>(StringComparer.Ordinal);
        int visits = 0;
        Visit(root, "", 0);
        return found;

        void Visit(object? value, string path, int depth)
        {
            if (depth > DeepestPath || ++visits > MostVisits) throw new PickleException("refused: its parts nest deeper or are more than any checkpoint's");
            switch (value)
            {
                case CheckpointTensor tensor:
                    found[path] = tensor;
                    break;
                case NumpyArray { Tensor: { } tensor }:
                    found[path] = tensor;
                    break;
                case PersistentObject module:
                    // A module's tensors and parts lie under its own name, whichever of the three holds them.
                    foreach (string part in (string[])["_parameters", "_buffers", "_modules"]) Visit(module.State[part], path, depth + 1);
                    break;
                case PickleDict dict:
                    foreach (var (key, item) in dict.Entries)
                        if (key is string or long) Visit(item, Join(path, key), depth + 1);
                    break;
                case PickleList list:
                    for (int i = 0; i < list.Items.Count; i++) Visit(list.Items[i], Join(path, i), depth + 1);
                    break;
                case PickleTuple tuple:
                    for (int i = 0; i < tuple.Count; i++) Visit(tuple[i], Join(path, i), depth + 1);
                    break;
            }
        }
    }

    private static string Join(string path, object key) => path.Length == 0 ? $"{key}" : $"{path}.{key}";
}
