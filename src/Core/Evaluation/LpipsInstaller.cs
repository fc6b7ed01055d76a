using System.Security.Cryptography;
using HandsOff.Core.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation;

/// <summary>
/// Puts LPIPS weights that the user holds where the other commands look for them: a complete file, or torchvision's
/// backbone and LPIPS' linear heads as published, which are joined.
/// </summary>
public static class LpipsInstaller
{
    private static readonly LpipsNet[] Nets = [LpipsNet.Squeeze, LpipsNet.Alex, LpipsNet.Vgg];

    /// <summary>What <see cref="Install"/> looks for in a folder, for help texts and errors.</summary>
    public const string Accepted =
        "lpips_<net>_v0.1.safetensors (complete), or torchvision's squeezenet1_1-*.pth, alexnet-*.pth or vgg16-*.pth beside LPIPS' squeeze.pth, alex.pth or vgg.pth";

    /// <summary>Installs every net found in <paramref name="from"/>: a complete file, or a folder with <see cref="Accepted"/>.</summary>
    /// <returns>Each installed net, its new path, and whether its SHA-256 is a published one.</returns>
    /// <exception cref="HandsOffException">Nothing there, or a file that is not the published weights.</exception>
    public static IReadOnlyList<(LpipsNet Net, string Path, bool DigestChecked)> Install(string from, string folder)
    {
        if (File.Exists(from)) return [InstallFrom([from], null, folder)];
        if (!Directory.Exists(from)) throw HandsOffException.Usage($"{from}: no such file or folder");
        var installed = new List<(LpipsNet, string, bool)>();
        foreach (var net in Nets)
        {
            string complete = Path.Combine(from, LpipsWeights.FileName(net));
            string? backbone = Find(from, BackboneOf(net)), heads = Find(from, LpipsWeights.NameOf(net));
            if (File.Exists(complete)) installed.Add(InstallFrom([complete], net, folder));
            else if (backbone is not null && heads is not null) installed.Add(InstallFrom([backbone, heads], net, folder));
            else if (backbone is not null) throw HandsOffException.Usage($"{from}: has {Path.GetFileName(backbone)} but not LPIPS' linear heads for it: {LpipsWeights.NameOf(net)}.pth");
            else if (heads is not null) throw HandsOffException.Usage($"{from}: has {Path.GetFileName(heads)} but not the backbone for it: {BackboneOf(net)}-*.pth of torchvision");
        }

        return installed.Count > 0 ? installed : throw HandsOffException.Usage($"{from}: holds no LPIPS weights; {Accepted} would be right");
    }

    private static (LpipsNet Net, string Path, bool DigestChecked) InstallFrom(string[] files, LpipsNet? expected, string folder)
    {
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        try
        {
            foreach (string file in files)
            {
                CheckFileHash(file);
                foreach (var (name, tensor) in CheckpointReader.ReadStateDict(file))
                    if (!tensors.TryAdd(name, tensor)) tensor.Dispose();
            }

            string where = string.Join(" + ", files);
            var net = expected ?? Recognise(tensors, where);
            var (path, known) = LpipsWeights.Install(tensors, net, where, folder);
            return (net, path, known);
        }
        finally
        {
            foreach (var t in tensors.Values) t.Dispose();
        }
    }

    private static string BackboneOf(LpipsNet net) => net switch { LpipsNet.Squeeze => "squeezenet1_1", LpipsNet.Alex => "alexnet", _ => "vgg16" };

    /// <summary><c>name.pth</c>, <c>name-anything.pth</c>, or the same as safetensors; the first in name order.</summary>
    private static string? Find(string folder, string name) =>
        Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).FirstOrDefault(f =>
            Path.GetExtension(f) is ".pth" or ".pt" or ".safetensors" && Path.GetFileNameWithoutExtension(f) is var stem && (stem == name || stem.StartsWith(name + "-", StringComparison.Ordinal)));

    /// <summary>torchvision ends its file names with the first eight digits of the file's SHA-256.</summary>
    private static void CheckFileHash(string file)
    {
        string stem = Path.GetFileNameWithoutExtension(file);
        string digits = stem[(stem.LastIndexOf('-') + 1)..];
        if (digits.Length != 8 || digits.Length == stem.Length || !digits.All(char.IsAsciiHexDigitLower)) return;
        using var stream = File.OpenRead(file);
        string hash = Convert.ToHexStringLower(SHA256.HashData(stream));
        if (!hash.StartsWith(digits, StringComparison.Ordinal)) throw new HandsOffException($"{file}: its SHA-256 is {hash}, its name says {digits}...: not the whole file");
    }

    private static LpipsNet Recognise(Dictionary<string, Tensor> tensors, string where)
    {
        if (tensors.ContainsKey("features.12.squeeze.weight")) return LpipsNet.Squeeze;
        if (tensors.ContainsKey("features.28.weight")) return LpipsNet.Vgg;
        if (tensors.ContainsKey("features.10.weight")) return LpipsNet.Alex;
        throw new HandsOffException($"{where}: holds no SqueezeNet 1.1, AlexNet or VGG-16 features; complete LPIPS v0.1 weights would be right ({LpipsWeights.Origin})");
    }
}
