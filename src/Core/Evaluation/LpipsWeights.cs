using System.Security.Cryptography;
using System.Text;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation;

/// <summary>
/// The LPIPS v0.1 weights: where they come from, where they lie on this machine, and whether they are the right ones. They
/// are no part of the project; a user installs them once (<c>handsoff lpips install</c>).
/// </summary>
public static class LpipsWeights
{
    /// <summary>Folder that holds what a user installs, instead of <c>~/.local/share/handsoff</c>.</summary>
    public const string DataVariable = "HANDSOFF_DATA";

    /// <summary>Where the weights come from, for help texts and errors.</summary>
    public const string Origin =
        "torchvision's ImageNet weights (squeezenet1_1, alexnet or vgg16, BSD-3-Clause) and the linear heads of richzhang/PerceptualSimilarity, lpips/weights/v0.1 (BSD-2-Clause)";

    /// <summary>The user's data folder: HANDSOFF_DATA, else <c>~/.local/share/handsoff</c>.</summary>
    public static string DataFolder =>
        Environment.GetEnvironmentVariable(DataVariable) is { Length: > 0 } folder
            ? folder
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "handsoff");

    /// <summary>The folder that <c>lpips install</c> fills.</summary>
    public static string InstallFolder => Path.Combine(DataFolder, "lpips");

    /// <summary>File name of a net's complete weights.</summary>
    public static string FileName(LpipsNet net) => $"lpips_{NameOf(net)}_v0.1.safetensors";

    /// <summary><c>squeeze</c>, <c>alex</c> or <c>vgg</c>.</summary>
    public static string NameOf(LpipsNet net) => net switch { LpipsNet.Squeeze => "squeeze", LpipsNet.Alex => "alex", _ => "vgg" };

    /// <summary>
    /// SHA-256 over the tensors (<see cref="ContentDigest"/>) of the published weights; null for VGG, whose complete file the
    /// project has never held: it is checked by shape and by torchvision's own hash in the file name only.
    /// </summary>
    public static string? PublishedDigest(LpipsNet net) => net switch
    {
        LpipsNet.Squeeze => "7155c55be9bda793439f608fe28c0799352eceec32d204f9850ff78554fa25bb",
        LpipsNet.Alex => "51631bbfc852ccac139e3dbe02c32988889f4a63867c538db7f8276129bda717",
        _ => null,
    };

    /// <summary>Names and shapes of everything a net needs: torchvision's <c>features.*</c> and LPIPS' <c>lin&lt;i&gt;.model.1.weight</c>.</summary>
    public static IEnumerable<(string Name, long[] Shape)> Shapes(LpipsNet net)
    {
        foreach (var shape in FeatureNetwork.Shapes(net)) yield return shape;
        var channels = FeatureNetwork.TapChannels(net);
        for (int i = 0; i < channels.Count; i++) yield return (LinName(i), [1, channels[i], 1, 1]);
    }

    /// <summary>
    /// The file of a net's weights: the one given (a file, or a folder that holds it), else the installed one.
    /// </summary>
    /// <exception cref="HandsOffException">There is none; the message says how to get it.</exception>
    public static string Locate(LpipsNet net, string? given = null)
    {
        if (given is not null)
        {
            string path = Directory.Exists(given) ? Path.Combine(given, FileName(net)) : given;
            return File.Exists(path) ? path : throw HandsOffException.Usage($"{path}: no such file (LPIPS weights for '{NameOf(net)}')");
        }

        string installed = Path.Combine(InstallFolder, FileName(net));
        return File.Exists(installed)
            ? installed
            : throw new HandsOffException($"{installed}: the LPIPS weights are not installed; run 'handsoff lpips install --from FOLDER', or use '--perceptual discriminator', which needs none");
    }

    /// <summary>SHA-256 (lower-case hex) over the net's tensors in name order: name, zero byte, float32 little-endian values. Independent of the container.</summary>
    public static string ContentDigest(IReadOnlyDictionary<string, Tensor> tensors, LpipsNet net, string where)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, shape) in Shapes(net).OrderBy(s => s.Name, StringComparer.Ordinal))
        {
            using var scope = NewDisposeScope();
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            hash.AppendData([0]);
            hash.AppendData(Take(tensors, name, shape, where).cpu().contiguous().bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>
    /// Writes the net's complete weights to <paramref name="folder"/> after checking names, shapes, values and, where it is
    /// known, the published digest. Returns the file's path and whether the digest was known.
    /// </summary>
    /// <exception cref="HandsOffException">The tensors are not the published weights.</exception>
    public static (string Path, bool DigestChecked) Install(IReadOnlyDictionary<string, Tensor> tensors, LpipsNet net, string where, string folder)
    {
        string digest = ContentDigest(tensors, net, where);
        string? published = PublishedDigest(net);
        if (published is not null && digest != published)
            throw new HandsOffException($"{where}: not the published LPIPS v0.1 weights for '{NameOf(net)}': SHA-256 of the tensors is {digest}, {published} would be right");
        string path = Path.Combine(folder, FileName(net));
        var wanted = Shapes(net).ToDictionary(s => s.Name, s => tensors[s.Name]);
        SafeTensors.Write(path, wanted, new Dictionary<string, string> { ["net"] = NameOf(net), ["origin"] = Origin, ["content_sha256"] = digest });
        return (path, published is not null);
    }

    /// <summary>The i-th linear head's name.</summary>
    internal static string LinName(int i) => $"lin{i}.model.1.weight";

    /// <summary>The named float32 tensor, checked for presence, shape and finite values. Owned by the dictionary.</summary>
    internal static Tensor Take(IReadOnlyDictionary<string, Tensor> tensors, string name, long[] shape, string where)
    {
        if (!tensors.TryGetValue(name, out var tensor)) throw new HandsOffException($"{where}: has no tensor '{name}'; complete LPIPS v0.1 weights would be right ({Origin})");
        if (!tensor.shape.SequenceEqual(shape) || tensor.dtype != ScalarType.Float32)
            throw new HandsOffException($"{where}: tensor '{name}' is {tensor.dtype} [{string.Join(", ", tensor.shape)}], Float32 [{string.Join(", ", shape)}] would be right");
        using var scope = NewDisposeScope();
        if (!tensor.isfinite().all().item<bool>()) throw new HandsOffException($"{where}: tensor '{name}' holds values that are not finite");
        return tensor;
    }
}
