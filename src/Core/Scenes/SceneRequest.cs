namespace HandsOff.Core.Scenes;

/// <summary>What <c>scenes render</c> is asked for.</summary>
public sealed record SceneRequest
{
    public required int Count { get; init; }

    /// <summary>A folder, or with <see cref="Zip"/> a file.</summary>
    public required string Out { get; init; }

    public ulong Seed { get; init; } = 1;

    /// <summary>Index of the first scene.</summary>
    public long First { get; init; }

    /// <summary>Pixels a side.</summary>
    public int Size { get; init; } = 64;

    public int Threads { get; init; } = 1;

    /// <summary>No labels: for generator training.</summary>
    public bool ImagesOnly { get; init; }

    /// <summary>One stored zip of images.</summary>
    public bool Zip { get; init; }

    /// <summary>Checks everything that can be checked before work.</summary>
    /// <exception cref="HandsOffException">An option out of range (usage).</exception>
    public void Validate()
    {
        if (Count < 1) throw HandsOffException.Usage($"--count {Count}: at least 1");
        if (First < 0) throw HandsOffException.Usage($"--first {First}: at least 0");
        if (Size is < SceneRenderer.MinimumSize or > SceneRenderer.MaximumSize)
            throw HandsOffException.Usage($"--size {Size}: {SceneRenderer.MinimumSize} to {SceneRenderer.MaximumSize}");
        if (Threads < 1) throw HandsOffException.Usage($"--threads {Threads}: at least 1");
        if (Zip && !ImagesOnly) throw HandsOffException.Usage("--zip holds images only: give --images-only with it");
    }
}
