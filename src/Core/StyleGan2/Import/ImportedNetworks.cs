using HandsOff.Core.Checkpoints;

namespace HandsOff.Core.StyleGan2.Import;

/// <summary>What a checkpoint of others gave. The caller disposes it, and with it the networks.</summary>
public sealed class ImportedNetworks : IDisposable
{
    internal ImportedNetworks(Generator generator, Discriminator? discriminator, CheckpointFormat format, string layout, IReadOnlyList<string> notes)
        => (Generator, Discriminator, Format, Layout, Notes) = (generator, discriminator, format, layout, notes);

    /// <summary>The averaged generator (G_ema, g_ema) where there is one.</summary>
    public Generator Generator { get; }

    /// <summary>Null when the file has none that fits.</summary>
    public Discriminator? Discriminator { get; }

    /// <summary>How the file is written.</summary>
    public CheckpointFormat Format { get; }

    /// <summary>Whose names it used: NVlabs or rosinality.</summary>
    public string Layout { get; }

    /// <summary>A line for each thing that was assumed or left out.</summary>
    public IReadOnlyList<string> Notes { get; }

    public void Dispose()
    {
        Generator.Dispose();
        Discriminator?.Dispose();
    }
}
