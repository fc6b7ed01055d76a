using System.Text.Json;
using HandsOff.Client.Tests.Support;
using HandsOff.Core.Labeling;
using HandsOff.Core.Pairs;
using HandsOff.Core.Tensors;
using TorchSharp;

namespace HandsOff.Client.Tests;

public sealed class EvaluateCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("evaluate").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_pair_is_measured_on_a_labelled_folder_of_its_schema_and_no_other()
    {
        var pair = TrialPair.Create(In("pair"), calibrationSamples: 16);
        var generator = pair.Manifest.Generator;
        using (var latents = torch.zeros(generator.NumWs, generator.WDim))
        {
            Directory.CreateDirectory(In("inverted"));
            SafeTensors.Write(In("inverted/latents.safetensors"), new Dictionary<string, torch.Tensor> { ["a"] = latents, ["b"] = latents });
        }

        Labelled("data", TrialPair.Schema);
        Labelled("other", TrialPair.Schema with { Keypoints = ["right", "left"] });

        var measured = await Cli.RunAsync(["evaluate", "--pair", In("pair"), "--inverted", In("inverted"), "--data", In("data"), "--device", "cpu", "--json", "--sheet", In("sheet.png")]);
        Assert.Equal(0, measured.Code);
        Assert.True(File.Exists(In("sheet.png")));

        File.WriteAllText(In("evaluation.json"), measured.Output);
        Assert.Equal(0, (await Cli.RunAsync(["pair", "pack", "--amend", "--out", In("pair"), "--evaluation", In("evaluation.json"), "--metric", "frechet=12.5"])).Code);
        using var scores = JsonDocument.Parse(measured.Output);
        var metrics = Pair.Load(In("pair")).Manifest.Metrics;
        Assert.Equal(scores.RootElement.GetProperty("meanIou").GetDouble(), metrics["miou"]);
        Assert.Equal(scores.RootElement.GetProperty("pck").GetDouble(), metrics["pck@0.1"]);
        Assert.Equal(scores.RootElement.GetProperty("depthRmse").GetDouble(), metrics["depth_rmse"]);
        Assert.Equal(12.5, metrics["frechet"]);

        Assert.Equal(1, (await Cli.RunAsync(["evaluate", "--pair", In("pair"), "--inverted", In("inverted"), "--data", In("other"), "--device", "cpu"])).Code);
        Assert.Equal(2, (await Cli.RunAsync(["evaluate", "--pair", In("pair"), "--inverted", In("inverted"), "--data", In("data"), "--alpha", "0"])).Code);
    }

    private string In(string name) => Path.Combine(_folder, name);

    private void Labelled(string name, LabelSchema schema)
    {
        var writer = new LabeledFolderWriter(In(name), schema);
        foreach (string id in new[] { "a", "b" })
        {
            writer.Add(id, new LabeledImage
            {
                Width = 16,
                Height = 16,
                Rgb = new byte[768],
                Mask = new byte[256],
                Depth = [.. Enumerable.Repeat(1f, 256)],
                Keypoints = [2, 3, 2, 9, 3, 2],
            });
        }

        writer.Complete();
    }
}
