using static TorchSharp.torch;

namespace HandsOff.Core.Labeling.Training;

/// <summary>A labelled photograph and its latents in w+. Owns the latents.</summary>
/// <param name="Id">The photograph's name in its data set.</param>
/// <param name="Latents">[NumWs, WDim], CPU.</param>
/// <param name="Labels">Photograph and labels.</param>
public sealed record InvertedPhotograph(string Id, Tensor Latents, LabeledImage Labels) : IDisposable
{
    public void Dispose() => Latents.Dispose();
}
