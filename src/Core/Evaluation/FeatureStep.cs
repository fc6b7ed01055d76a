namespace HandsOff.Core.Evaluation;

/// <summary>One step of a torchvision feature extractor; <see cref="Index"/> is its place in <c>features</c>.</summary>
/// <param name="Kind">What the step does.</param>
/// <param name="Index">N of the tensor names <c>features.N.*</c>; -1 for a step without weights.</param>
/// <param name="In">Input channels.</param>
/// <param name="Out">Output channels of a convolution; of each of a fire module's two expansions.</param>
/// <param name="Kernel">Kernel side of a convolution or pooling; channels of a fire module's squeeze.</param>
/// <param name="Stride">Stride.</param>
/// <param name="Padding">Zero padding on each side; for a pooling 1 means that a last, incomplete window counts (ceil mode).</param>
/// <param name="Tap">Whether LPIPS reads the step's output.</param>
internal readonly record struct FeatureStep(FeatureStepKind Kind, int Index, int In, int Out, int Kernel, int Stride, int Padding, bool Tap)
{
    public static FeatureStep Conv(int index, int from, int to, int kernel, int stride, int padding, bool tap) =>
        new(FeatureStepKind.Conv, index, from, to, kernel, stride, padding, tap);

    public static FeatureStep Fire(int index, int from, int squeeze, int expand, bool tap) =>
        new(FeatureStepKind.Fire, index, from, expand, squeeze, 1, 1, tap);

    public static FeatureStep Pool(int kernel, bool ceil) => new(FeatureStepKind.Pool, -1, 0, 0, kernel, 2, ceil ? 1 : 0, false);

    /// <summary>Channels that come out of a convolution or a fire module.</summary>
    public int Channels => Kind == FeatureStepKind.Fire ? 2 * Out : Out;
}
