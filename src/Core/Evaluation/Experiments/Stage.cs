namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>A finished stage of an experiment.</summary>
/// <param name="Folder">Where its results lie.</param>
/// <param name="Digest">SHA-256 over its kind and everything that went into it: equal digests, equal results.</param>
/// <param name="Seconds">How long it took when it was made.</param>
internal sealed record Stage(string Folder, string Digest, double Seconds)
{
    public string PathOf(string file) => Path.Combine(Folder, file);
}
