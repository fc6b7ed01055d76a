namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>A column of an experiment's tables.</summary>
/// <param name="Name">Its heading.</param>
/// <param name="Of">The figure in a report, null where it was not measured.</param>
/// <param name="MoreIsBetter">Which way is better.</param>
/// <param name="Task">The task it judges: the one figure by which systems are ranked on it; null for further figures.</param>
internal sealed record ExperimentMetric(string Name, Func<EvaluationReport, double?> Of, bool MoreIsBetter, string? Task)
{
    public static IReadOnlyList<ExperimentMetric> All { get; } =
    [
        new("mIoU", r => r.MeanIou, true, "segmentation"),
        new("PCK@0.1", r => r.Pck, true, "keypoints"),
        new("NME", r => r.NormalizedMeanError, false, null),
        new("depth RMSE", r => r.DepthRmse, false, "depth"),
        new("abs-rel", r => r.DepthAbsoluteRelative, false, null),
        new("delta<1.25", r => r.DepthWithinQuarter, true, null),
    ];
}
