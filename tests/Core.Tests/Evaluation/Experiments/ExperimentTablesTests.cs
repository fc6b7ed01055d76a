using HandsOff.Core.Evaluation;
using HandsOff.Core.Evaluation.Experiments;

namespace HandsOff.Core.Tests.Evaluation.Experiments;

public sealed class ExperimentTablesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("record").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Tables_hold_means_deviations_and_the_distance_to_the_best_baseline()
    {
        string text = ExperimentTables.Markdown(Record());
        Assert.Contains("| handsoff | 50 | unet | 0.6000 ± 0.1414 | 0.9000 |", text);
        Assert.Contains("| transfer | 50 | deeplab-pretrained | 0.5000 | 0.8000 |", text);
        Assert.Contains("| segmentation (mIoU) | 50 | 0.6000 (handsoff, unet) | 0.5000 (transfer, deeplab-pretrained) | +0.1000 | +20.0 % | yes | 0.8000 | -25.0 % |", text);
        Assert.Contains("| keypoints (PCK@0.1) | 50 | 0.9000 (handsoff, unet) | 0.9500 (datasetgan, unet) | -0.0500 | -5.3 % | no: datasetgan 0.9500 | 1.0000 | -10.0 % |", text);
        Assert.Contains("- first on every task: **missed** (1 of 2)", text);
        Assert.Contains("- at least 17 % ahead of the best baseline on one task: **met** (most: segmentation, +20.0 %)", text);
        Assert.Contains("- within 15 % of the upper bound on every task: **missed** (segmentation -25.0 %, keypoints -10.0 %)", text);
        Assert.Contains("Baselines that this protocol leaves out: editgan, labelled.", text);
    }

    [Fact]
    public void Rows_are_chosen_by_validation_and_never_by_test()
    {
        // On test the other network of each is better: the best of many by test would be best by luck as well.
        var record = Record() with
        {
            Cells =
            [
                Cell(ExperimentSystem.HandsOff, "unet", 1, 0.6, null, validation: 0.7), Cell(ExperimentSystem.HandsOff, "deeplab", 1, 0.9, null, validation: 0.65),
                Cell(ExperimentSystem.Transfer, "unet-pretrained", 1, 0.5, null, validation: 0.6), Cell(ExperimentSystem.Transfer, "deeplab-pretrained", 1, 0.55, null, validation: 0.5),
                Cell(ExperimentSystem.Upper, "unet", 1, 0.8, null, validation: 0.9), Cell(ExperimentSystem.Upper, "deeplab", 1, 0.95, null, validation: 0.8),
            ],
        };
        Assert.Contains("| 0.6000 (handsoff, unet) | 0.5000 (transfer, unet-pretrained) | +0.1000 | +20.0 % | yes | 0.8000 | -25.0 % |", ExperimentTables.Markdown(record));
    }

    [Fact]
    public void Less_is_better_for_depth()
    {
        var record = Record() with
        {
            Cells = [Depth(ExperimentSystem.HandsOff, "unet", 0.2, 0.3), Depth(ExperimentSystem.HandsOff, "deeplab", 0.1, 0.4), Depth(ExperimentSystem.Labelled, "unet", 0.25, 0.4)],
        };
        string text = ExperimentTables.Markdown(record);
        Assert.Contains("| depth (depth RMSE) | 50 | 0.2000 (handsoff, unet) | 0.2500 (labelled, unet) | +0.0500 | +20.0 % | yes | | |", text);

        static ExperimentCell Depth(ExperimentSystem system, string network, double test, double validation) => Cell(system, network, 1, 0, null) with
        {
            Validation = new EvaluationReport { Photographs = 1, DepthRmse = validation },
            Test = new EvaluationReport { Photographs = 1, DepthRmse = test },
        };
    }

    [Fact]
    public void Without_test_scores_tables_and_pictures_show_validation_and_say_so()
    {
        var record = Record();
        record = record with { Protocol = record.Protocol with { ScoreTest = false }, Cells = [.. record.Cells.Select(c => c with { Test = null })] };
        string text = ExperimentTables.Markdown(record);
        Assert.Contains("**Validation split**", text);
        Assert.Contains("| handsoff | 50 | unet | 0.6000 ± 0.1414 | 0.9000 |", text);
        Assert.Contains("| +20.0 % | yes |", text);
        Assert.DoesNotContain("Targets", text);
        ExperimentCharts.Draw(record, Path.Combine(_folder, "v.png"));
        Assert.True(File.Exists(Path.Combine(_folder, "v.png")));
    }

    [Fact]
    public void The_annotators_own_scores_and_the_times_are_in_the_page()
    {
        var record = Record() with
        {
            Annotators = [new AnnotatorScore { Variant = "", Labelled = 200, Network = "unet", BestStep = 9, Validation = new EvaluationReport { Photographs = 1, MeanIou = 0.77, Pck = 0.66 }, Stage = "d" }],
            Stages = new Dictionary<string, StageTime> { ["network"] = new(2, 90), ["pair"] = new(1, 600) },
        };
        string text = ExperimentTables.Markdown(record);
        Assert.Contains("| annotator (on validation) | 200 | unet | 0.7700 | 0.6600 |", text);
        Assert.Contains("| pair | 1 | 10.0 | 600.0 |\n| network | 2 | 1.5 | 45.0 |", text);
    }

    [Fact]
    public void The_gap_is_read_step_by_step_from_the_upper_bound_to_HandsOff()
    {
        var record = Record() with
        {
            Cells =
            [
                Cell(ExperimentSystem.HandsOff, "unet", 1, 0.55, null), Cell(ExperimentSystem.Upper, "unet", 1, 0.8, null) with { Labelled = 1000 }, Cell(ExperimentSystem.Annotated, "unet", 1, 0.7, null),
                Cell(ExperimentSystem.DatasetGan, "unet", 1, 0.65, null), Cell(ExperimentSystem.EditGan, "unet", 1, 0.66, null),
            ],
        };
        string text = ExperimentTables.Markdown(record);
        Assert.Contains("| 50 | unet | mIoU | 0.8000 | 0.7000 (-0.1000) | 0.6500 (-0.0500) | 0.6600 (+0.0100) | 0.5500 (-0.1100) |", text);
        Assert.Contains("- editgan to handsoff: **inversion of real images**", text);

        // Without a link the two steps are one, and none of them is called inversion alone.
        text = ExperimentTables.Markdown(record with { Cells = [.. record.Cells.Where(c => c.System is not ExperimentSystem.EditGan)] });
        Assert.Contains("| 0.6500 (-0.0500) | 0.5500 (-0.1000) |", text);
        Assert.Contains("- datasetgan to handsoff, in one step (editgan not in the protocol): **inversion where it is easy**", text);
    }

    [Fact]
    public void A_class_without_a_figure_is_no_zero()
    {
        var record = Record();
        ExperimentCell With(ExperimentCell cell, params (string, double)[] ious) => cell with { Test = cell.Test! with { ClassIou = ious.ToDictionary(i => i.Item1, i => i.Item2) } };
        record = record with { Cells = [With(record.Cells[0], ("skin", 0.5), ("hat", 0.4)), With(record.Cells[1], ("skin", 0.7)), With(record.Cells[2], ("skin", 0.2))] };
        string text = ExperimentTables.Markdown(record);
        Assert.Contains("| handsoff 50 unet | 0.600 | 0.400 |", text);
        Assert.Contains("| transfer 50 deeplab-pretrained | 0.200 |  |", text);
    }

    [Fact]
    public void Every_committed_page_is_what_its_record_says()
    {
        string folder = Path.Combine(SharedData.RepositoryRoot, "docs", "results", "evaluation");
        string[] records = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.json") : [];
        Assert.SkipWhen(records.Length == 0, "no record of an experiment is committed in docs/results/evaluation");
        foreach (string file in records)
        {
            string page = Path.ChangeExtension(file, ".md");
            Assert.True(File.Exists(page), $"{page} is missing: handsoff experiment report {file}");
            Assert.Equal(ExperimentTables.Markdown(ExperimentRecord.Read(file)), File.ReadAllText(page));
        }

        foreach (string page in Directory.GetFiles(folder, "*.md")) Assert.True(File.Exists(Path.ChangeExtension(page, ".json")), $"{page} has no record");
    }

    [Fact]
    public void A_record_is_read_back_as_it_was_and_drawn()
    {
        string path = Path.Combine(_folder, "r.json");
        Record().Write(path);
        Assert.Equal(ExperimentTables.Markdown(Record()), ExperimentTables.Markdown(ExperimentRecord.Read(path)));
        ExperimentCharts.Draw(ExperimentRecord.Read(path), Path.Combine(_folder, "r.png"));
        Assert.True(new FileInfo(Path.Combine(_folder, "r.png")).Length > 1000);
        File.WriteAllText(path, "{}");
        Assert.Throws<HandsOffException>(() => ExperimentRecord.Read(path));
    }

    private static ExperimentRecord Record() => new()
    {
        Protocol = new Protocol { Name = "p", Domain = new ProtocolDomain { Scenes = true }, Pair = "x", Systems = [ExperimentSystem.HandsOff], Labelled = [50], Seeds = [1, 2] },
        Generator = new string('a', 64),
        Machine = new MachineInfo { Processor = "cpu", Processors = 2, Threads = 1, Device = "cpu", Torch = "2", Runtime = ".NET" },
        Finished = DateTimeOffset.UnixEpoch,
        Seconds = 60,
        Cells =
        [
            Cell(ExperimentSystem.HandsOff, "unet", 1, 0.5, 0.9), Cell(ExperimentSystem.HandsOff, "unet", 2, 0.7, 0.9),
            Cell(ExperimentSystem.Transfer, "deeplab-pretrained", 1, 0.5, 0.8), Cell(ExperimentSystem.DatasetGan, "unet", 1, 0.4, 0.95), Cell(ExperimentSystem.Upper, "unet", 1, 0.8, 1),
        ],
    };

    private static ExperimentCell Cell(ExperimentSystem system, string network, ulong seed, double iou, double? pck, double? validation = null) => new()
    {
        Variant = "",
        System = system,
        Labelled = 50,
        Seed = seed,
        Network = network,
        LearningRate = 1e-3,
        BestStep = 1,
        Validation = new EvaluationReport { Photographs = 1, MeanIou = validation ?? iou, Pck = pck },
        Test = new EvaluationReport { Photographs = 1, MeanIou = iou, Pck = pck },
        Figures = new Dictionary<string, double>(),
        Stages = new Dictionary<string, string>(),
        Seconds = new Dictionary<string, double>(),
    };
}
