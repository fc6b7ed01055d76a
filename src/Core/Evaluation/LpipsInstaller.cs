using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation;

/// <summary>Puts LPIPS weights that the user holds where the other commands look for them.</summary>
public static class LpipsInstaller
{
    private static readonly LpipsNet[] Nets = [LpipsNet.Squeeze, LpipsNet.Alex, LpipsNet.Vgg];

    /// <summary>
    /// Installs every net found in <paramref name="from"/>: a complete safetensors file, or a folder with files named
    /// <see cref="LpipsWeights.FileName"/>.
    /// </summary>
    /// <returns>Each installed net, its new path, and whether its SHA-256 is a published one.</returns>
    /// <exception cref="HandsOffException">Nothing there, or a file that is not the published weights.</exception>
    public static IReadOnlyList<(LpipsNet Net, string Path, bool DigestChecked)> Install(string from, string folder)
    {
        if (Directory.Exists(from))
        {
            var files = Nets.Select(n => (Net: n, Path: Path.Combine(from, LpipsWeights.FileName(n)))).Where(f => File.Exists(f.Path)).ToList();
            if (files.Count == 0)
                throw HandsOffException.Usage($"{from}: holds none of {string.Join(", ", Nets.Select(LpipsWeights.FileName))}");
            return [.. files.Select(f => InstallFile(f.Path, f.Net, folder))];
        }

        if (!File.Exists(from)) throw HandsOffException.Usage($"{from}: no such file or folder");
        return [InstallFile(from, null, folder)];
    }

    private static (LpipsNet Net, string Path, bool DigestChecked) InstallFile(string file, LpipsNet? expected, string folder)
    {
        var (tensors, _) = SafeTensors.Read(file);
        try
        {
            var net = expected ?? Recognise(tensors, file);
            var (path, known) = LpipsWeights.Install(tensors, net, file, folder);
            return (net, path, known);
        }
        finally
        {
            foreach (var t in tensors.Values) t.Dispose();
        }
    }

    private static LpipsNet Recognise(Dictionary<string, Tensor> tensors, string file)
    {
        if (tensors.ContainsKey("features.12.squeeze.weight")) return LpipsNet.Squeeze;
        if (tensors.ContainsKey("features.28.weight")) return LpipsNet.Vgg;
        if (tensors.ContainsKey("features.10.weight")) return LpipsNet.Alex;
        throw new HandsOffException($"{file}: holds no SqueezeNet 1.1, AlexNet or VGG-16 features; complete LPIPS v0.1 weights would be right ({LpipsWeights.Origin})");
    }
}
