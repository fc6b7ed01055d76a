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
        var record = Record();
        string text = ExperimentTables.Markdown(record);
        Assert.Contains("| handsoff | 50 | unet | 0.6000 ± 0.1414 | 0.9000 |", text);
        Assert.Contains("| transfer | 50 | deeplab-pretrained | 0.5000 | 0.8000 |", text);
        Assert.Contains("segmentation, 50 labelled, mIoU: handsoff (unet) 0.6000: 20.0 % ahead of the best baseline (transfer, deeplab-pretrained, 0.5000), 25.0 % behind the upper bound (0.8000)", text);
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

    private static ExperimentCell Cell(ExperimentSystem system, string network, ulong seed, double iou, double pck) => new()
    {
        Variant = "",
        System = system,
        Labelled = 50,
        Seed = seed,
        Network = network,
        LearningRate = 1e-3,
        BestStep = 1,
        Validation = new EvaluationReport { Photographs = 1, MeanIou = 0 },
        Test = new EvaluationReport { Photographs = 1, MeanIou = iou, Pck = pck },
        Figures = new Dictionary<string, double>(),
        Stages = new Dictionary<string, string>(),
        Seconds = new Dictionary<string, double>(),
    };
}
