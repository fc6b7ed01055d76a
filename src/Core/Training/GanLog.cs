using System.Globalization;
using HandsOff.Core.Diagnostics;

namespace HandsOff.Core.Training;

/// <summary>A run's <c>log.csv</c> and the curves plotted from it.</summary>
internal sealed class GanLog
{
    private const string Header = "kimg,loss_g,loss_d,r1,path_length,real_score,fake_score,real_sign,augment_p,lr,images_per_s,seconds,metric,metric_floor";

    private static readonly PlotPanel[] Panels =
    [
        new("Losses", ["loss_g", "loss_d"]),
        new("Discriminator's mean logit", ["real_score", "fake_score"]),
        new("Regularisation", ["r1", "path_length"]),
        new("Augmentation", ["real_sign", "augment_p"]),
        new("Metric (lower is better)", ["metric", "metric_floor"]),
    ];

    private readonly string _csv, _png;

    /// <summary>Opens or begins the log; on a resume, lines past the checkpoint are dropped.</summary>
    public GanLog(string run, double kimg)
    {
        (_csv, _png) = (Path.Combine(run, "log.csv"), Path.Combine(run, "curves.png"));
        var kept = File.Exists(_csv) && kimg > 0
            ? File.ReadLines(_csv).Skip(1).Where(l => double.TryParse(l.Split(',')[0], CultureInfo.InvariantCulture, out double at) && at <= kimg + 1e-9).ToList()
            : [];
        File.WriteAllLines(_csv, [Header, .. kept]);
    }

    public void Add(double kimg, GanFigures figures, double augment, double rate, double imagesPerSecond, double seconds, double? metric, double? floor)
    {
        string Cell(double? v) => v is { } d ? d.ToString("G6", CultureInfo.InvariantCulture) : "";
        double?[] cells =
        [
            kimg, figures.Mean(GanFigures.GeneratorLoss), figures.Mean(GanFigures.DiscriminatorLoss), figures.Mean(GanFigures.R1), figures.Mean(GanFigures.PathLength),
            figures.Mean(GanFigures.RealScore), figures.Mean(GanFigures.FakeScore), figures.Mean(GanFigures.RealSign), augment, rate, imagesPerSecond, seconds, metric, floor,
        ];
        File.AppendAllText(_csv, string.Join(',', cells.Select(Cell)) + "\n");
    }

    /// <summary>Draws curves.png anew.</summary>
    public void Draw() => Plot.Csv(_csv, _png, "kimg", Panels);
}
