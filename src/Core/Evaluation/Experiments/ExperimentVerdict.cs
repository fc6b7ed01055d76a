namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>
/// How HandsOff stands on one task with one number of labelled images. Rows are chosen by their validation figures; the figures
/// themselves are those of the split that the record shows.
/// </summary>
/// <param name="Labelled">Labelled images.</param>
/// <param name="Metric">The task's figure.</param>
/// <param name="Ours">HandsOff's row.</param>
/// <param name="Own">Its figure.</param>
/// <param name="Baseline">The best baseline's row; null when the record has none.</param>
/// <param name="Theirs">Its figure.</param>
/// <param name="Ahead">A baseline that is ahead of HandsOff, the furthest; null when HandsOff is first.</param>
/// <param name="Upper">The upper bound's figure, if there is one.</param>
internal sealed record ExperimentVerdict(
    int Labelled, ExperimentMetric Metric, ExperimentGroup Ours, double Own, ExperimentGroup? Baseline, double Theirs, ExperimentGroup? Ahead, double? Upper)
{
    /// <summary>Targets of the experiment: relative lead on one task, relative distance to the upper bound on each.</summary>
    public const double WantedLead = 0.17, WantedDistance = 0.15;

    public static readonly IReadOnlyList<string> Systems = ["handsoff", "handsoff+photographs", "refined"], Baselines = ["transfer", "datasetgan", "editgan", "labelled"];

    /// <summary>The difference to the best baseline, above 0 where HandsOff is better.</summary>
    public double Difference => Metric.MoreIsBetter ? Own - Theirs : Theirs - Own;

    /// <summary>The same as a share of the baseline's figure.</summary>
    public double Lead => Relative(Own, Theirs);

    /// <summary>HandsOff's figure against the upper bound's; below 0 where the bound is better.</summary>
    public double? Distance => Upper is { } upper ? Relative(Own, upper) : null;

    /// <summary>Every task and number of labelled images that HandsOff was measured on.</summary>
    public static IReadOnlyList<ExperimentVerdict> Of(ExperimentRecord record, IReadOnlyList<ExperimentGroup> groups)
    {
        bool test = record.Protocol.ScoreTest;
        var verdicts = new List<ExperimentVerdict>();
        foreach (int labelled in record.Protocol.Labelled)
            foreach (var metric in ExperimentMetric.All.Where(m => m.Task is not null))
            {
                ExperimentGroup? Best(Func<ExperimentGroup, bool> which) => ByValidation(groups.Where(g => which(g) && g.Figure(metric, test) is not null), metric);
                double Figure(ExperimentGroup g) => g.Figure(metric, test)!.Value.Mean;
                if (Best(g => Systems.Contains(g.System) && g.Labelled == labelled) is not { } ours) continue;
                var baseline = Best(g => Baselines.Contains(g.System) && g.Labelled == labelled);
                var upper = Best(g => g.System == "upper");
                double own = Figure(ours);
                // Each system by the network that validation chose for it: to be first, all of them have to be behind.
                var rivals = Baselines.Select(system => Best(g => g.System == system && g.Labelled == labelled)).OfType<ExperimentGroup>().ToList();
                var furthest = metric.MoreIsBetter ? rivals.MaxBy(Figure) : rivals.MinBy(Figure);
                var ahead = furthest is not null && (metric.MoreIsBetter ? Figure(furthest) >= own : Figure(furthest) <= own) ? furthest : null;
                verdicts.Add(new ExperimentVerdict(labelled, metric, ours, own, baseline, baseline is null ? double.NaN : Figure(baseline), ahead, upper is null ? null : Figure(upper)));
            }

        return verdicts;
    }

    /// <summary>The row whose validation figure is best. Never the test figure: the best of many rows by test is best by luck as well.</summary>
    internal static ExperimentGroup? ByValidation(IEnumerable<ExperimentGroup> groups, ExperimentMetric metric)
    {
        var known = groups.Where(g => g.Figure(metric, test: false) is not null).ToList();
        return metric.MoreIsBetter ? known.MaxBy(g => g.Figure(metric, test: false)!.Value.Mean) : known.MinBy(g => g.Figure(metric, test: false)!.Value.Mean);
    }

    private double Relative(double own, double other) => Metric.MoreIsBetter ? own / other - 1 : 1 - own / other;
}
