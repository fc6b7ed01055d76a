using HandsOff.Core.Labeling;
using HandsOff.Core.StyleGan2;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.Labeling;

/// <summary>The reference labeler and its generator's taps, from the vectors.</summary>
internal sealed class ReferenceLabeler : IDisposable
{
    private readonly Dictionary<string, Tensor> _generator;

    public ReferenceLabeler(string labelerPath, string generatorPath, int size)
    {
        (Expected, var metadata) = SafeTensors.Read(labelerPath);
        (_generator, _) = SafeTensors.Read(generatorPath);
        string[] names = metadata["taps"].Split(',');
        using (torch.no_grad())
        {
            Taps = [.. names.Select(n => n == "const" ? _generator["G.synthesis.b4.const"].unsqueeze(0).expand(3, -1, -1, -1).contiguous().DetachFromDisposeScope() : _generator[$"out.tap.{n}"])];
        }

        int[] hidden = [.. metadata["hidden"].Split(',').Select(int.Parse)];
        var config = new LabelerConfig
        {
            Taps = [.. names.Zip(Taps, (n, t) => new TapShape(n, (int)t.shape[1], (int)t.shape[2], (int)t.shape[3]))],
            Width = size,
            Height = size,
            Members = int.Parse(metadata["members"]),
            Heads = [new HeadConfig { Kind = LabelKinds.Segmentation, Hidden1 = hidden[0], Hidden2 = hidden[1] }],
            Schema = new LabelSchema { Classes = [.. Enumerable.Range(0, int.Parse(metadata["classes"])).Select(c => new ClassInfo($"c{c}", "#000000"))] },
        };
        State = new LabelerState(config, Expected.Where(t => t.Key.StartsWith("member", StringComparison.Ordinal)).ToDictionary(t => $"segmentation.{t.Key}", t => t.Value.alias().DetachFromDisposeScope()));
    }

    public Dictionary<string, Tensor> Expected { get; }

    public List<Tensor> Taps { get; }

    public LabelerState State { get; }

    public static ReferenceLabeler Tiny() => new(SharedData.Reference("labeler_16.safetensors"), SharedData.Reference("stylegan2_16.safetensors"), 16);

    public static ReferenceLabeler Large() => new(SharedData.Require("reference", "labeler_32.safetensors"), SharedData.Require("reference", "stylegan2_32.safetensors"), 32);

    public void Dispose()
    {
        State.Dispose();
        foreach (var t in Expected.Values.Concat(_generator.Values).Concat(Taps)) t.Dispose();
    }
}
