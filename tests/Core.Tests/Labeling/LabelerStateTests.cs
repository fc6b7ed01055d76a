using HandsOff.Core.Labeling;
using HandsOff.Core.Pairs;
using HandsOff.Core.StyleGan2;
using HandsOff.Core.Tensors;
using HandsOff.Core.Tests.Pairs;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.Labeling;

public sealed class LabelerStateTests
{
    private static readonly StyleGan2Config Generator = new() { Width = 8, Height = 8, ChannelBase = 64, ChannelMax = 8 };

    private static readonly LabelerConfig Config = new()
    {
        Taps = Generator.Taps,
        Width = 8,
        Height = 8,
        Members = 2,
        Heads = [new HeadConfig { Kind = LabelKinds.Segmentation, Hidden1 = 6, Hidden2 = 4 }],
        Schema = TrialPair.Schema,
    };

    [Fact]
    public void A_saved_labeler_loads_and_saves_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        using (var state = LabelerState.Random(Config, 1)) state.Save(folder["a"]);
        using (var state = LabelerState.Load(folder["a"])) state.Save(folder["b"]);
        Assert.Equal(File.ReadAllBytes(folder["a"]), File.ReadAllBytes(folder["b"]));
    }

    [Fact]
    public void Faulty_files_are_told_by_tensor_and_shape()
    {
        using var folder = new TemporaryFolder();
        using (var state = LabelerState.Random(Config, 1)) state.Save(folder["good"]);
        AssertFails(folder, t => t["segmentation.member1.layers.3.weight"].fill_(float.NaN), "segmentation.member1.layers.3.weight", "NaN");
        AssertFails(folder, t => Replace(t, "segmentation.member0.layers.0.weight", zeros(6, 5)), "[6, 5]", "[6, 32]");
        AssertFails(folder, t => t.Remove("segmentation.member0.layers.6.bias"), "layers.6.bias", "missing");
        AssertFails(folder, t => Replace(t, "segmentation.member2.layers.6.bias", zeros(4)), "member2", "belongs to no");
    }

    [Fact]
    public void Another_safetensors_file_is_not_a_labeler()
    {
        using var folder = new TemporaryFolder();
        SafeTensors.Write(folder["x"], []);
        Assert.Contains("handsoff-labeler/1", Assert.Throws<HandsOffException>(() => LabelerState.Load(folder["x"])).Message);
    }

    [Fact]
    public void Taps_of_another_generator_are_refused()
    {
        using var scope = NewDisposeScope();
        using var state = LabelerState.Random(Config, 1);
        using var labeler = new Labeler(state);
        var taps = Generator.Taps.Select(t => zeros(1, t.Channels, t.Height, t.Width)).ToList();
        taps[2] = zeros(1, 8, 4, 4);
        var e = Assert.Throws<HandsOffException>(() => labeler.Label(taps));
        Assert.Contains("b8.conv0", e.Message);
    }

    private static void Replace(Dictionary<string, Tensor> tensors, string name, Tensor value) => tensors[name] = value;

    private static void AssertFails(TemporaryFolder folder, Action<Dictionary<string, Tensor>> spoil, params string[] parts)
    {
        using var scope = NewDisposeScope();
        var (tensors, metadata) = SafeTensors.Read(folder["good"]);
        using (no_grad()) spoil(tensors);
        SafeTensors.Write(folder["bad"], tensors, metadata);
        foreach (var t in tensors.Values) t.Dispose();
        var e = Assert.Throws<HandsOffException>(() => LabelerState.Load(folder["bad"]));
        Assert.All([.. parts, "bad"], p => Assert.Contains(p, e.Message));
    }
}
