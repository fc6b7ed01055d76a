using System.Text.Json.Nodes;
using HandsOff.Core.Evaluation.Experiments;
using HandsOff.Core.Inversion;
using HandsOff.Core.Pairs;
using HandsOff.Core.StyleGan2;
using TorchSharp;

namespace HandsOff.Core.Tests.Evaluation.Experiments;

/// <summary>The project's protocols at their smallest: an untrained pair of 16 px, a step or two of everything.</summary>
public sealed class ExperimentRunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("runs").FullName;
    private readonly Pair _pair;

    public ExperimentRunTests()
    {
        _pair = TrialPair.Create(In("pair"), 16);
        SaveDiscriminator(1);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("scenes-ablations")]
    [InlineData("scenes-ablations-small")]
    public void Every_row_of_the_ablations_runs_and_differs_in_what_it_learns_from(string name)
    {
        var protocol = Tiny(name, 5); // The gate may drop one of them, and a labeler wants four.

        // As the pairs that ship do, this one brings an encoder.
        Run(protocol with { Variants = [] });
        protocol = protocol with
        {
            EncoderFile = Path.Combine(Assert.Single(Stages("encoder")), EncoderTrainer.EncoderFile),
        };
        protocol = protocol with { Variants = [.. protocol.Variants.Select(v => v with { Settings = Shrunk(v.Settings) })] };
        var (record, failures) = Run(protocol);
        Assert.Equal(protocol.Variants.Select(v => v.Name), record.Cells.Select(c => c.Variant));
        Assert.All(record.Cells, c => Assert.True(c.Test is null && c.Validation.MeanIou is > 0 && c.Validation.Pck is not null && c.Validation.DepthRmse > 0));
        // A row whose settings reach no stage would show the figures of another.
        Assert.Equal(protocol.Variants.Count, record.Cells.Select(c => c.Stages["network"]).Distinct().Count());
        Assert.Equal(2, record.Stages!["encoder"].Stages);
        Assert.Contains("| as usual | handsoff | 5 | unet |", ExperimentTables.Markdown(record));

        // The test split was neither made nor scored.
        Assert.Empty(Stages("set-test"));
        Assert.Empty(Stages("test"));
        Assert.NotNull(failures);
    }

    [Fact]
    public void The_sweep_over_labelled_images_runs_and_smaller_numbers_are_parts_of_larger_ones()
    {
        var protocol = Tiny("scenes-labels", 8, 16, 32, 50);
        Assert.Contains(ExperimentSystem.Transfer, protocol.Systems);
        var (record, _) = Run(protocol with { Systems = [.. protocol.Systems.Where(s => s != ExperimentSystem.Transfer)], Domain = protocol.Domain with { Pool = 50 } });
        Assert.Equal([8, 16, 32, 50, 8, 16, 32, 50], record.Cells.Select(c => c.Labelled));
        Assert.Single(record.Cells.Where(c => c.System == ExperimentSystem.HandsOff).Select(c => c.Stages["latents"]).Distinct());
        string text = ExperimentTables.Markdown(record);
        Assert.Contains("**Validation split**", text);
        Assert.Contains("| segmentation (mIoU) | 32 |", text);
    }

    [Fact]
    public void Stages_are_keyed_by_weights_full_options_and_device_and_the_annotator_is_in_the_record()
    {
        var protocol = Tiny("scenes-50-small", 4) with { Systems = [ExperimentSystem.HandsOff, ExperimentSystem.DatasetGan] };
        var (record, failures) = Run(protocol);
        Assert.All(record.Cells, c => Assert.NotNull(c.Test));
        Assert.True(File.Exists(failures));
        Assert.StartsWith("handsoff, 4 labelled", record.Failures);
        var annotator = Assert.Single(record.Annotators);
        Assert.Equal((8, "unet"), (annotator.Labelled, annotator.Network));
        Assert.True(annotator.Validation.MeanIou > 0);
        Assert.Contains("| annotator (on validation) | 8 | unet |", ExperimentTables.Markdown(record));
        Assert.Equal(record.Seconds, record.Stages!.Values.Sum(s => s.Seconds), 0.2);

        var inversion = Inputs("inversion");
        Assert.Equal("CPU", (string)inversion["device"]!);
        Assert.Equal(ContentDigest.OfPath(In("discriminator.safetensors")), (string)inversion["inputs"]!["weights"]!);
        foreach (string option in new[] { "learningRate", "perceptualWeight", "squaredErrorWeight", "initialWeight" }) Assert.NotNull(inversion["inputs"]!["options"]![option]);
        Assert.NotNull(Inputs("encoder")["inputs"]!["options"]!["latentWeight"]);
        Assert.Equal(128, (int)Inputs("pair")["inputs"]!["options"]!["segmentationHidden"]!["item1"]!);
        Assert.NotNull(Inputs("dataset")["inputs"]!["options"]!["noise"]);

        // Other weights of the same name: what was computed with them is made again.
        SaveDiscriminator(2);
        Run(protocol);
        Assert.Equal((2, 2), (Stages("inversion").Length, Stages("encoder").Length));
    }

    [Fact]
    public void Refined_samples_carry_the_first_networks_labels_and_the_second_goes_on_from_it()
    {
        var protocol = Tiny("scenes-50-small", 5) with { Systems = [ExperimentSystem.HandsOffAndPhotographs, ExperimentSystem.Refined] };
        var (record, failures) = Run(protocol);
        Assert.NotNull(failures);
        var (first, second) = (record.Cells[0].Stages, record.Cells[1].Stages);
        Assert.Equal(first["network"], second["teacher"]);
        Assert.Equal(first["dataset"], second["dataset"]);
        Assert.NotEqual(first["network"], second["network"]);
        Assert.Equal((1, 2), (record.Stages!["refined"].Stages, record.Stages["network"].Stages));
        var trained = Stages("network").Select(s => JsonNode.Parse(File.ReadAllText(Path.Combine(s, "stage.json")))!["inputs"]!["inputs"]!).Single(n => n["start"] is not null);
        Assert.Equal(first["network"], (string)trained["start"]!);
        Assert.Equal(second["refined"], (string)trained["train"]!);
        Assert.NotEqual(1UL, (ulong)trained["options"]!["seed"]!);
    }

    [Fact]
    public void Classes_may_be_left_to_the_photographs_where_they_are_learned_from_too()
    {
        var protocol = Tiny("scenes-50-small", 5) with { Systems = [ExperimentSystem.HandsOff, ExperimentSystem.HandsOffAndPhotographs] };
        var (all, _) = Run(protocol);
        var (less, _) = Run(protocol with { Settings = protocol.Settings with { Dataset = protocol.Settings.Dataset with { Segmentation = false } } });
        Assert.Equal(all.Cells.Select(c => c.Stages["dataset"]), less.Cells.Select(c => c.Stages["dataset"]));
        Assert.Equal(all.Cells[0].Stages["network"], less.Cells[0].Stages["network"]);
        Assert.NotEqual(all.Cells[1].Stages["network"], less.Cells[1].Stages["network"]);
    }

    [Fact]
    public void Perceptual_weights_are_known_by_content()
    {
        string file = In("squeeze.safetensors");
        File.WriteAllText(file, "one");
        var context = new ExperimentContext(null!, null!, Tiny("scenes-50-small", 4), null!, file, torch.CPU, TimeProvider.System, default);
        string first = context.Perceptual("squeeze");
        File.WriteAllText(file, "other");
        Assert.NotEqual(first, context.Perceptual("squeeze"));
        Assert.Equal(ContentDigest.OfPath(In("discriminator.safetensors")), context.Perceptual("discriminator"));
        Assert.Throws<HandsOffException>(() => (context with { Lpips = In("none") }).Perceptual("vgg"));
    }

    private (ExperimentRecord Record, string? Failures) Run(Protocol protocol) => ExperimentRunner.Run(protocol, In("work"), log: l => TestContext.Current.TestOutputHelper?.WriteLine(l), cancel: TestContext.Current.CancellationToken);

    private Protocol Tiny(string name, params int[] labelled)
    {
        var protocol = Protocol.Read(Path.Combine(SharedData.RepositoryRoot, "experiments", name + ".json"));
        return protocol with
        {
            Pair = In("pair"),
            DiscriminatorFile = In("discriminator.safetensors"),
            Domain = new ProtocolDomain { Scenes = true, Pool = 5, Validation = 3, Test = 3, All = 8, Unlabelled = 6 },
            Labelled = labelled,
            Seeds = [1],
            Networks = ["unet"], // Pretrained weights are no part of the project.
            Settings = new ExperimentSettings
            {
                Encoder = new EncoderSettings { PairIterations = 1, PhotoIterations = 2, Batch = 2 },
                Inversion = new InversionSettings { Steps = 1, Perceptual = "discriminator" },
                Labeler = new LabelerSettings { Members = 2, Steps = 2, BatchPixels = 64 },
                Dataset = new DatasetSettings { Samples = 6, CalibrationSamples = 8, MaxAttempts = 2 },
                Training = protocol.Settings.Training with { Steps = 1, Batch = 2, EvaluateEvery = 1 },
                Channels = 8,
                AnnotatorSteps = 1,
                LearningRates = [0.002],
            },
        };
    }

    /// <summary>A row's settings for the tiny sizes: samples by the thousand, caps by the hundred, taps of a quarter.</summary>
    private static JsonObject Shrunk(JsonObject settings)
    {
        var small = settings.DeepClone().AsObject();
        foreach (var (_, part) in small)
            foreach (var (name, divisor, least) in new[] { ("samples", 1000, 4), ("photoIterations", 100, 0), ("smallestTap", 4, 0), ("largestTap", 4, 0) })
                if (part!.AsObject()[name] is { } value) part[name] = (int)value / divisor + least;
        return small;
    }

    private void SaveDiscriminator(ulong seed)
    {
        using var random = new torch.Generator(seed);
        using var discriminator = new Discriminator(_pair.Manifest.Generator, random);
        discriminator.Save(In("discriminator.safetensors"));
    }

    private string[] Stages(string kind) => [.. Directory.GetDirectories(In("work/stages"), kind + "-*").Where(d => Path.GetFileName(d).Length == kind.Length + 17)];

    private JsonNode Inputs(string kind) => JsonNode.Parse(File.ReadAllText(Path.Combine(Stages(kind)[0], "stage.json")))!["inputs"]!;

    private string In(string name) => Path.Combine(_folder, name);
}
