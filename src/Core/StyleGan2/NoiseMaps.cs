using static TorchSharp.torch;

namespace HandsOff.Core.StyleGan2;

/// <summary>Checks what callers of a generator hand in, before any work.</summary>
internal static class NoiseMaps
{
    public static void Check(StyleGan2Config config, Tensor ws, NoiseMode mode, IReadOnlyList<Tensor>? maps)
    {
        if (ws.dim() != 3 || ws.shape[1] != config.NumWs || ws.shape[2] != config.WDim)
            throw new ArgumentException($"ws of shape [{string.Join(", ", ws.shape)}]: expected [B, {config.NumWs}, {config.WDim}]", nameof(ws));
        if (mode != NoiseMode.Seeded) return;
        var shapes = config.Taps.Skip(1).ToList();
        if (maps is null || maps.Count != shapes.Count)
            throw new ArgumentException($"{maps?.Count ?? 0} noise maps for {shapes.Count} styled convolutions: one each is needed", nameof(maps));
        for (int i = 0; i < shapes.Count; i++)
        {
            long[] shape = maps[i].shape;
            if (shape.Length != 4 || (shape[0] != 1 && shape[0] != ws.shape[0]) || shape[1] != 1 || shape[2] != shapes[i].Height || shape[3] != shapes[i].Width)
                throw new ArgumentException($"noise map of {shapes[i].Name} has shape [{string.Join(", ", shape)}]: expected [{ws.shape[0]}, 1, {shapes[i].Height}, {shapes[i].Width}]", nameof(maps));
        }
    }
}
