using HandsOff.Client.Tests.Support;
using HandsOff.Core.Imaging;
using HandsOff.Core.Pairs;
using HandsOff.Core.StyleGan2;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Client.Tests.BadInput;

/// <summary>
/// Something whole of every kind (an untrained 16 px pair, a discriminator, labelled photographs, their latents), to be
/// spoiled in one place by a test. A fresh one each.
/// </summary>
public sealed class Faults : IDisposable
{
    public const int Size = 16;
    private readonly string root = Directory.CreateTempSubdirectory("handsoff-faults-").FullName;

    public Faults()
    {
        var pair = TrialPair.Create(Pair, Size);
        using var discriminator = new Discriminator(pair.Manifest.Generator);
        discriminator.Save(At("discriminator.safetensors"));
        foreach (string kind in (string[])["images", "masks"]) Directory.CreateDirectory(Path.Combine(Data, kind));
        for (int i = 0; i < 5; i++)
        {
            File.WriteAllBytes(Path.Combine(Data, "images", $"p{i}.png"), Photograph(Size, i));
            File.WriteAllBytes(Path.Combine(Data, "masks", $"p{i}.png"), Mask(Size, i % 4));
        }

        File.WriteAllText(Path.Combine(Data, "schema.json"), """{"classes":[{"name":"a","color":"#000000"},{"name":"b","color":"#ff0000"},{"name":"c","color":"#00ff00"},{"name":"d","color":"#0000ff"}]}""");
        using var scope = NewDisposeScope();
        var config = pair.Manifest.Generator;
        SafeTensors.Write(Path.Combine(Inverted, "latents.safetensors"), Enumerable.Range(0, 5).ToDictionary(i => $"p{i}", _ => zeros(config.NumWs, config.WDim)));
    }

    public string Pair => At("pair");

    public string Data => At("data");

    public string Inverted => At("inverted");

    public string At(string name) => Path.Combine(root, name);

    public static byte[] Photograph(int size, int shade) => PngWriter.Rgb([.. Enumerable.Range(0, size * size * 3).Select(p => (byte)(p * (shade + 3)))], size, size);

    public static byte[] Mask(int size, int id)
    {
        byte[] ids = new byte[size * size];
        ids[size + 3] = (byte)id;
        return PngWriter.Mask(ids, size, size, MaskPalette.Of([]));
    }

    /// <summary>Rewrites a safetensors file with one of its tensors replaced.</summary>
    public static void Replace(string path, string name, Func<Tensor, Tensor> change)
    {
        using var scope = NewDisposeScope();
        var (tensors, metadata) = SafeTensors.Read(path);
        foreach (var tensor in tensors.Values) scope.Attach(tensor);
        tensors[name] = change(tensors[name]);
        SafeTensors.Write(path, tensors, metadata);
    }

    /// <summary>Runs a command line that must be refused: the exit code, one line that says what, no stack trace.</summary>
    public static async Task RefusedAsync(int code, string says, params string[] arguments)
    {
        var result = await Cli.RunAsync(arguments);
        Assert.True(result.Code == code, result.All);
        var lines = result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l != "handsoff: see --help").ToList();
        Assert.True(lines.Count == 1, result.All);
        Assert.StartsWith("handsoff: ", lines[0]);
        Assert.True(lines[0].Contains(says, StringComparison.Ordinal), $"'{says}' is not in: {lines[0]}");
        Assert.DoesNotContain("   at ", result.All);
        Assert.DoesNotContain("unexpected", lines[0]);
    }

    public void Dispose() => Directory.Delete(root, recursive: true);
}
