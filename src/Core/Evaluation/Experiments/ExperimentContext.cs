using HandsOff.Core.Pairs;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>What all stages of an experiment share.</summary>
/// <param name="Cache">Finished stages.</param>
/// <param name="Data">Images and splits.</param>
/// <param name="Protocol">What is asked.</param>
/// <param name="Pair">Its generator is used.</param>
/// <param name="Lpips">LPIPS weights, a file or folder; null for the installed ones.</param>
/// <param name="Device">Where everything is computed.</param>
/// <param name="Time">Clock of the reports.</param>
/// <param name="Cancel">Stops; finished stages stay.</param>
internal sealed record ExperimentContext(
    StageCache Cache, ExperimentData Data, Protocol Protocol, Pair Pair, string? Lpips, Device Device, TimeProvider Time, CancellationToken Cancel)
{
    /// <summary>A stage that computes: it also depends on the kind of device.</summary>
    public Stage Compute(string kind, int version, object inputs, Action<string> make, bool resumes = false) =>
        Cache.Get(kind, version, new { Device = Device.type.ToString(), inputs }, make, resumes);

    /// <summary>SHA-256 of the weights that a perceptual distance (<see cref="PerceptualChoice.Names"/>) is computed with.</summary>
    /// <exception cref="HandsOffException">They are not there.</exception>
    public string Perceptual(string name)
    {
        if (name == "discriminator" && Protocol.DiscriminatorFile is null) throw HandsOffException.Usage($"protocol {Protocol.Name}: perceptual discriminator: needs a discriminatorFile");
        return ContentDigest.OfPath(PerceptualChoice.FileOf(name, Lpips, Protocol.DiscriminatorFile));
    }

    /// <summary>SHA-256 of the generator's file.</summary>
    public string Generator => Pair.Manifest.FileNamed(PairManifest.GeneratorFile)!.Sha256;
}
