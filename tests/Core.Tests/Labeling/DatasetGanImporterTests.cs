using HandsOff.Core.Labeling;
using HandsOff.Core.StyleGan2;
using TorchSharp;

namespace HandsOff.Core.Tests.Labeling;

public sealed class DatasetGanImporterTests
{
    private static readonly StyleGan2Config Generator = new() { Width = 16, Height = 16, ZDim = 16, WDim = 16, MappingLayers = 2, ChannelBase = 256, ChannelMax = 16 };

    [Fact]
    public void A_member_has_the_weights_and_sizes_it_was_saved_with()
    {
        using var scope = torch.NewDisposeScope();
        using var reference = ReferenceLabeler.Tiny();
        using var state = DatasetGanImporter.Import(SharedData.Reference("model_0.pth"), Generator);
        Assert.Equal(1, state.Config.Members);
        Assert.Equal((24, 12, 5), (state.Config.Heads[0].Hidden1, state.Config.Heads[0].Hidden2, state.Config.Schema.Classes.Count));
        Assert.Equal(5, state.Config.Schema.Classes.Select(c => c.Color).Distinct().Count());
        foreach (string key in (string[])["layers.0.weight", "layers.2.running_var", "layers.6.bias"])
            Assert.True(state.Of(state.Config.Heads[0], 0, key).eq(reference.Expected[$"member0.{key}"]).all().ToBoolean(), key);
    }

    [Fact]
    public void A_folder_gives_one_ensemble_in_the_order_of_the_numbers()
    {
        string folder = Directory.CreateTempSubdirectory("handsoff-").FullName;
        try
        {
            foreach (int m in (int[])[0, 2, 10]) File.Copy(SharedData.Reference("model_0.pth"), Path.Combine(folder, $"model_{m}.pth"));
            File.WriteAllText(Path.Combine(folder, "notes.txt"), "");
            using var state = DatasetGanImporter.Import(folder, Generator, width: 32, height: 8);
            Assert.Equal((3, 32, 8), (state.Config.Members, state.Config.Width, state.Config.Height));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void What_does_not_fit_is_said()
    {
        string member = SharedData.Reference("model_0.pth");
        Assert.Contains("96 features", Throws(member, Generator with { ChannelMax = 8 }));
        Assert.Contains("5 classes, the schema names 1", Throws(member, Generator, new LabelSchema { Classes = [new("only", "#000000")] }));
        Assert.Contains("no labeler member", Throws(SharedData.Reference("rosinality_16.pt"), Generator));
        Assert.Contains("model_0.pth", Throws(Path.GetDirectoryName(typeof(DatasetGanImporterTests).Assembly.Location)!, Generator));
    }

    private static string Throws(string path, StyleGan2Config generator, LabelSchema? schema = null)
        => Assert.Throws<HandsOffException>(() => DatasetGanImporter.Import(path, generator, schema).Dispose()).Message;
}
