namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>
/// Where an experiment's images come from: the built-in scenes, rendered by seed, or folders. The splits are fixed: choices
/// are made on validation, test is scored once, at the end.
/// </summary>
public sealed record ProtocolDomain
{
    /// <summary>Renders the built-in scenes; else the folders below are read.</summary>
    public bool Scenes { get; init; }

    /// <summary>Scenes: labelled photographs to choose from (seed 3).</summary>
    public int Pool { get; init; } = 50;

    /// <summary>Scenes: validation images (seed 5).</summary>
    public int Validation { get; init; } = 100;

    /// <summary>Scenes: test images (seed 4).</summary>
    public int Test { get; init; } = 200;

    /// <summary>Scenes: images of the upper bound and of the annotator, with their exact labels (seed 6, which no generator has seen).</summary>
    public int All { get; init; } = 20_000;

    /// <summary>Scenes: unlabelled images that an encoder is tuned on (seed 1).</summary>
    public int Unlabelled { get; init; } = 2000;

    /// <summary>Labelled folder of the photographs to choose from.</summary>
    public string? PoolFolder { get; init; }

    /// <summary>Labelled folder of the validation split.</summary>
    public string? ValidationFolder { get; init; }

    /// <summary>Labelled folder of the test split; not needed where it is not scored.</summary>
    public string? TestFolder { get; init; }

    /// <summary>Labelled folder of all training images: for the upper bound, and for systems that the annotator labels for.</summary>
    public string? AllFolder { get; init; }

    /// <summary>Folder or zip of images without labels.</summary>
    public string? UnlabelledImages { get; init; }

    /// <summary>Checks what can be checked before work.</summary>
    /// <param name="where">Names the protocol in errors.</param>
    /// <param name="all">Some system needs all labelled training images.</param>
    /// <param name="test">The test split is scored.</param>
    /// <exception cref="HandsOffException">Naming what is missing.</exception>
    internal void Validate(string where, bool all, bool test)
    {
        if (Scenes)
        {
            if (Pool < 4 || Validation < 1 || Test < 1 || All < 4 || Unlabelled < 2)
                throw HandsOffException.Usage($"{where}: domain: pool {Pool} and all {All} should be 4 or more, unlabelled {Unlabelled} 2, validation {Validation} and test {Test} 1");
            return;
        }

        foreach (var (name, path, used) in new[] { ("poolFolder", PoolFolder, true), ("validationFolder", ValidationFolder, true), ("testFolder", TestFolder, test), ("allFolder", AllFolder, all) })
        {
            if (!used) continue;
            if (path is null) throw HandsOffException.Usage($"{where}: domain: neither \"scenes\": true nor a {name}");
            if (!Directory.Exists(path)) throw new HandsOffException($"{where}: domain: {name} {path}: no such folder");
        }
    }
}
