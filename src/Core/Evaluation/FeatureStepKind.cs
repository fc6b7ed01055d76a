namespace HandsOff.Core.Evaluation;

/// <summary>What a <see cref="FeatureStep"/> does.</summary>
internal enum FeatureStepKind
{
    /// <summary>Convolution and ReLU.</summary>
    Conv,

    /// <summary>SqueezeNet's fire module: squeeze 1x1, ReLU, then 1x1 and 3x3 expansions side by side, ReLU.</summary>
    Fire,

    /// <summary>Max pooling with stride 2.</summary>
    Pool,
}
