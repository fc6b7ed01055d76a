namespace HandsOff.Core.Evaluation;

/// <summary>
/// Percentage of correct keypoints and normalised mean error. A point counts when its true visibility is 1 or 2. It is
/// correct when it lies within Alpha times the object's size of the truth; size is the longer side of the box around the
/// image's true points (Yang and Ramanan 2013, with the points' own box). The error is distance / size. A point
/// predicted as absent (v = 0) is wrong, and has no distance.
/// </summary>
public sealed class KeypointScore
{
    private readonly long[] _scored;
    private readonly long[] _correct;
    private readonly long[] _measured;
    private readonly double[] _error;

    /// <summary>A score over this many keypoints an image; <paramref name="alpha"/> is a share of the box's longer side.</summary>
    public KeypointScore(int keypoints, double alpha = 0.1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(keypoints, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(alpha);
        Alpha = alpha;
        _scored = new long[keypoints];
        _correct = new long[keypoints];
        _measured = new long[keypoints];
        _error = new double[keypoints];
    }

    public double Alpha { get; }

    public int Keypoints => _scored.Length;

    /// <summary>Points scored so far.</summary>
    public long Scored => _scored.Sum();

    /// <summary>Share (0 to 1) of all points that are correct; NaN before any.</summary>
    public double Pck => (double)_correct.Sum() / Scored;

    /// <summary>Mean of distance / box size over the points predicted as present; NaN when there is none.</summary>
    public double NormalizedMeanError => _error.Sum() / _measured.Sum();

    /// <summary>Images left out because their true points span no box of at least a pixel.</summary>
    public long SkippedImages { get; private set; }

    /// <summary>Share of one keypoint's points that are correct; NaN when it never occurs.</summary>
    public double PckOf(int keypoint) => (double)_correct[keypoint] / _scored[keypoint];

    /// <summary>Adds an image: x, y, v a keypoint in pixels, for prediction and truth.</summary>
    public void Add(ReadOnlySpan<float> predicted, ReadOnlySpan<float> truth) => Add(predicted, truth, BoxSize(truth));

    /// <summary>Adds an image whose object is <paramref name="size"/> pixels large by another measure.</summary>
    public void Add(ReadOnlySpan<float> predicted, ReadOnlySpan<float> truth, double size)
    {
        if (predicted.Length != 3 * Keypoints || truth.Length != 3 * Keypoints)
            throw new ArgumentException($"{predicted.Length} predicted and {truth.Length} true values; x, y, v of {Keypoints} keypoints are {3 * Keypoints}");
        if (!(size >= 1))
        {
            SkippedImages++;
            return;
        }

        for (int k = 0; k < Keypoints; k++)
        {
            if (truth[3 * k + 2] <= 0) continue;
            _scored[k]++;
            if (predicted[3 * k + 2] <= 0) continue;
            double dx = predicted[3 * k] - truth[3 * k], dy = predicted[3 * k + 1] - truth[3 * k + 1];
            double error = Math.Sqrt(dx * dx + dy * dy) / size;
            _measured[k]++;
            _error[k] += error;
            if (error <= Alpha) _correct[k]++;
        }
    }

    /// <summary>Longer side, in pixels, of the box around the points with v above 0; 0 when there are none.</summary>
    public static double BoxSize(ReadOnlySpan<float> points)
    {
        float left = float.MaxValue, top = float.MaxValue, right = float.MinValue, bottom = float.MinValue;
        for (int i = 0; i + 2 < points.Length; i += 3)
        {
            if (points[i + 2] <= 0) continue;
            (left, right) = (MathF.Min(left, points[i]), MathF.Max(right, points[i]));
            (top, bottom) = (MathF.Min(top, points[i + 1]), MathF.Max(bottom, points[i + 1]));
        }

        return right < left ? 0 : Math.Max(right - left, bottom - top);
    }
}
