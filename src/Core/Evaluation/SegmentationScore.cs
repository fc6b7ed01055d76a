using HandsOff.Core.Imaging;

namespace HandsOff.Core.Evaluation;

/// <summary>
/// Intersection over union of masks, pooled over all images added (one confusion matrix, as PASCAL VOC does). Pixels whose
/// truth is 255 are left out; a prediction that is no class (255 or too large) counts against the true class.
/// </summary>
public sealed class SegmentationScore
{
    private readonly long[] _hit;
    private readonly long[] _truth;
    private readonly long[] _predicted;

    /// <summary>A score over class ids 0 to <paramref name="classes"/> - 1.</summary>
    public SegmentationScore(int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        _hit = new long[classes];
        _truth = new long[classes];
        _predicted = new long[classes];
    }

    public int Classes => _hit.Length;

    /// <summary>Pixels scored so far.</summary>
    public long Pixels { get; private set; }

    /// <summary>Share of pixels that are right; NaN before any.</summary>
    public double PixelAccuracy => (double)_hit.Sum() / Pixels;

    /// <summary>Mean of <see cref="Iou"/> over the classes that occur in truth or prediction, the background among them; NaN when none does.</summary>
    public double MeanIou => Enumerable.Range(0, Classes).Select(Iou).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();

    /// <summary>Adds an image: class ids row by row, equally many in both.</summary>
    public void Add(ReadOnlySpan<byte> predicted, ReadOnlySpan<byte> truth)
    {
        if (predicted.Length != truth.Length) throw new ArgumentException($"{predicted.Length} predicted pixels for {truth.Length} true ones");
        for (int i = 0; i < truth.Length; i++)
        {
            byte t = truth[i], p = predicted[i];
            if (t == MaskPalette.Ignore) continue;
            if (t >= Classes) throw new ArgumentException($"true class id {t}, but there are {Classes} classes");
            Pixels++;
            _truth[t]++;
            if (p < Classes) _predicted[p]++;
            if (p == t) _hit[t]++;
        }
    }

    /// <summary>Intersection over union of a class; NaN when it occurs in neither truth nor prediction.</summary>
    public double Iou(int id) => (double)_hit[id] / (_truth[id] + _predicted[id] - _hit[id]);
}
