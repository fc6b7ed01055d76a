using HandsOff.Core.Evaluation.Downstream;
using HandsOff.Core.Imaging;
using HandsOff.Core.Tensors;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>A set of labelled images that is loaded only where it is needed.</summary>
/// <param name="Digest">What it depends on.</param>
/// <param name="Load">Loads it; the loaded set is the caller's.</param>
internal sealed record SetSource(string Digest, Func<DenseSet> Load)
{
    /// <summary>The set that a stage wrote (<see cref="DatasetDraw.SetFile"/>).</summary>
    public static SetSource Of(Stage stage) => new(stage.Digest, () => DenseSet.Load(stage.PathOf(DatasetDraw.SetFile)));

    /// <summary>The same images, whose classes teach nothing; their keypoints and depth do.</summary>
    public SetSource WithoutClasses() => new(ContentDigest.Of(new { Digest, Segmentation = false }), () =>
    {
        var set = Load();
        set.Masks?.fill_(Scalars.Of(MaskPalette.Ignore));
        return set;
    });
}
