namespace HandsOff.Core.Evaluation.Downstream;

/// <summary>The shape of a downstream network, each with a backbone from scratch or one that has seen ImageNet.</summary>
public enum DenseArchitecture
{
    /// <summary>U-Net (Ronneberger et al. 2015): every scale is joined again on the way up.</summary>
    UNet,

    /// <summary>DeepLabV3 (Chen et al. 2017): atrous pyramid on the deepest maps; with V3+'s one step back to fine maps.</summary>
    DeepLab,
}
