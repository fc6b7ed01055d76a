namespace HandsOff.Core.Scenes;

/// <summary>
/// Renders stylised heads and shoulders by sphere tracing (Hart 1996), with exact labels. Scene (seed, index) at a size
/// is a pure function of these numbers: no state, no clock, no threads.
/// </summary>
public static class SceneRenderer
{
    /// <summary>Sizes that can be asked for, in pixels.</summary>
    public const int MinimumSize = 16, MaximumSize = 1024;

    /// <summary>Renders one square scene.</summary>
    /// <exception cref="HandsOffException">Size out of range (usage).</exception>
    public static RenderedScene Render(ulong seed, long index, int size = 64)
    {
        if (size is < MinimumSize or > MaximumSize) throw HandsOffException.Usage($"scene size {size}: give {MinimumSize} to {MaximumSize}");
        return new SceneRaster(SceneParameters.Draw(seed, index), size).Render();
    }
}
