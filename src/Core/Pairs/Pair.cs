using System.Security.Cryptography;
using HandsOff.Core.Labeling;
using HandsOff.Core.StyleGan2;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Pairs;

/// <summary>A pair's folder, found and checked: every file is there, whole, and the one its manifest names.</summary>
public sealed class Pair
{
    private const long LargestManifest = 16L << 20;
    private const long LargestFile = 8L << 30;

    private Pair(string folder, PairManifest manifest)
    {
        Folder = folder;
        Manifest = manifest;
    }

    /// <summary>Full path.</summary>
    public string Folder { get; }

    public PairManifest Manifest { get; }

    public string Name => Manifest.Name;

    /// <summary>64 lower-case hex digits; see <see cref="PairManifest.ComputeDigest"/>.</summary>
    public string Digest => Manifest.Digest;

    /// <summary>
    /// Finds and checks a pair: <paramref name="nameOrFolder"/> is a folder, or the name of one under a models/ folder,
    /// looked for upward from the current directory, then from the program's.
    /// </summary>
    /// <exception cref="HandsOffException">No such pair; a file missing, of another size or digest.</exception>
    public static Pair Load(string nameOrFolder)
    {
        string folder = Find(nameOrFolder);
        string path = Path.Combine(folder, PairManifest.FileName);
        if (new FileInfo(path).Length > LargestManifest) throw new HandsOffException($"{path}: larger than {LargestManifest >> 20} MiB, which no manifest is");
        var manifest = PairManifest.Parse(File.ReadAllBytes(path), path);
        foreach (var file in manifest.Files) Check(folder, file);
        return new Pair(folder, manifest);
    }

    /// <summary>The folder of a pair by name or path, without checking its files.</summary>
    /// <exception cref="HandsOffException">There is none.</exception>
    public static string Find(string nameOrFolder)
    {
        if (string.IsNullOrWhiteSpace(nameOrFolder)) throw HandsOffException.Usage("pair: give a folder or the name of one under models/");
        if (File.Exists(Path.Combine(nameOrFolder, PairManifest.FileName))) return Path.GetFullPath(nameOrFolder);
        if (Directory.Exists(nameOrFolder)) throw new HandsOffException($"pair {nameOrFolder}: the folder holds no {PairManifest.FileName}; 'handsoff pair pack' makes it");
        if (Path.GetFileName(nameOrFolder) == nameOrFolder)
        {
            foreach (string models in ModelFolders())
            {
                string candidate = Path.Combine(models, nameOrFolder);
                if (File.Exists(Path.Combine(candidate, PairManifest.FileName))) return candidate;
            }
        }

        throw new HandsOffException($"pair {nameOrFolder}: neither a folder with {PairManifest.FileName} nor the name of one under models/");
    }

    /// <summary>The models/ folders that may hold pairs, there or not, in the order in which names are looked for in them.</summary>
    public static IEnumerable<string> ModelFolders()
    {
        foreach (string start in new[] { Directory.GetCurrentDirectory(), AppContext.BaseDirectory })
            for (string? at = start; at is not null; at = Path.GetDirectoryName(at)) yield return Path.Combine(at, "models");
    }

    /// <summary>Path of a file of the pair, or null when the pair has none of that name.</summary>
    public string? PathOf(string file) => Manifest.FileNamed(file) is null ? null : Path.Combine(Folder, file);

    /// <summary>Reads the generator. The caller disposes it.</summary>
    /// <exception cref="HandsOffException">Wrong shapes; NaN weights; not the sizes pair.json says.</exception>
    public StyleGan2.Generator LoadGenerator(Device? device = null)
    {
        string path = PathOf(PairManifest.GeneratorFile)!;
        var generator = StyleGan2.Generator.Load(path);
        try
        {
            if (generator.Config != Manifest.Generator) throw new HandsOffException($"{path}: its sizes are not those of {PairManifest.FileName}");
            if (device is not null) generator.to(device);
            return generator;
        }
        catch
        {
            generator.Dispose();
            throw;
        }
    }

    /// <summary>Reads the labeler's weights. The caller disposes them.</summary>
    /// <exception cref="HandsOffException">Wrong shapes; NaN weights; made for another generator.</exception>
    public LabelerState LoadLabeler()
    {
        string path = PathOf(PairManifest.LabelerFile)!;
        var state = LabelerState.Load(path);
        try
        {
            CheckTogether(Manifest.Generator, state.Config, path);
            return state;
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    internal static void CheckTogether(StyleGan2Config generator, LabelerConfig labeler, string where)
    {
        if (!labeler.Taps.SequenceEqual(generator.Taps))
            throw new HandsOffException($"{where}: it reads {labeler.Taps.Count} taps of {labeler.Features} channels, the generator has {generator.Taps.Count} of {generator.Taps.Sum(t => t.Channels)}; labeler and generator belong to different pairs");
        if (labeler.Width != generator.Width || labeler.Height != generator.Height)
            throw new HandsOffException($"{where}: it labels {labeler.Width}x{labeler.Height} pixels, the generator makes {generator.Width}x{generator.Height}");
    }

    internal static PairFile Describe(string folder, string name)
    {
        using var stream = File.OpenRead(Path.Combine(folder, name));
        return new PairFile(name, stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
    }

    private static void Check(string folder, PairFile file)
    {
        string path = Path.Combine(folder, file.Name);
        if (!File.Exists(path)) throw new HandsOffException($"{path}: missing, though {PairManifest.FileName} lists it; copy the whole pair again");
        long bytes = new FileInfo(path).Length;
        if (bytes > LargestFile) throw new HandsOffException($"{path}: {bytes} bytes; a pair's file has at most {LargestFile}");
        if (bytes != file.Bytes) throw new HandsOffException($"{path}: {bytes} bytes where {PairManifest.FileName} says {file.Bytes}; copy the whole pair again");
        if (Describe(folder, file.Name).Sha256 != file.Sha256) throw new HandsOffException($"{path}: its SHA-256 is not the one {PairManifest.FileName} lists: corrupted; copy the whole pair again");
    }
}
