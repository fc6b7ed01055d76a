using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Downstream;

/// <summary>From images to feature maps at four scales.</summary>
internal interface IBackbone : IDisposable
{
    /// <summary>Channels of the maps, finest first.</summary>
    IReadOnlyList<int> Channels { get; }

    /// <summary>The weights that training changes.</summary>
    IEnumerable<(string Name, Parameter Value)> Trained { get; }

    /// <summary>The maps, finest first, of images [B,3,H,W] in [-1,1]. In the caller's dispose scope.</summary>
    List<Tensor> forward(Tensor image);
}
