namespace HandsOff.Core.Evaluation;

/// <summary>How well a labeler labels inverted photographs whose labels are known. Figures of heads that it lacks are null.</summary>
public sealed record EvaluationReport
{
    /// <summary>Photographs scored.</summary>
    public required int Photographs { get; init; }

    /// <summary>Mean intersection over union (see <see cref="SegmentationScore"/>), 0 to 1.</summary>
    public double? MeanIou { get; init; }

    public double? PixelAccuracy { get; init; }

    /// <summary>Intersection over union by class name; classes that occur nowhere are left out.</summary>
    public IReadOnlyDictionary<string, double>? ClassIou { get; init; }

    /// <summary>The share of the box's longer side within which a keypoint is correct.</summary>
    public double? Alpha { get; init; }

    /// <summary>Share of correct keypoints (see <see cref="KeypointScore"/>), 0 to 1.</summary>
    public double? Pck { get; init; }

    /// <summary>Share of correct points by keypoint name; names that occur nowhere are left out.</summary>
    public IReadOnlyDictionary<string, double>? KeypointPck { get; init; }

    /// <summary>Mean keypoint error / box size; null when no point was predicted as present.</summary>
    public double? NormalizedMeanError { get; init; }

    /// <summary>Depth's unit.</summary>
    public string? DepthUnit { get; init; }

    /// <summary>Root mean squared error in the unit (see <see cref="DepthScore"/>).</summary>
    public double? DepthRmse { get; init; }

    public double? DepthAbsoluteRelative { get; init; }

    /// <summary>Share of pixels whose depth is off by less than a factor of 1.25.</summary>
    public double? DepthWithinQuarter { get; init; }

    /// <summary>Share of the truly valid pixels that were given a depth.</summary>
    public double? DepthCoverage { get; init; }

    /// <summary>The figures that there are, by the names that a pair's manifest gives them: miou, pixel_accuracy, pck@0.1, nme, depth_rmse, depth_abs_rel, depth_delta_1.25.</summary>
    public IReadOnlyDictionary<string, double> ToMetrics()
    {
        var all = new (string Name, double? Value)[]
        {
            ("miou", MeanIou), ("pixel_accuracy", PixelAccuracy), (FormattableString.Invariant($"pck@{Alpha}"), Pck), ("nme", NormalizedMeanError),
            ("depth_rmse", DepthRmse), ("depth_abs_rel", DepthAbsoluteRelative), ("depth_delta_1.25", DepthWithinQuarter),
        };
        return all.Where(m => m.Value is not null).ToDictionary(m => m.Name, m => m.Value!.Value);
    }
}
