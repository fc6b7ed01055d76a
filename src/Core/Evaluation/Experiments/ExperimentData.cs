using HandsOff.Core.Evaluation.Downstream;
using HandsOff.Core.Labeling;
using HandsOff.Core.Scenes;
using HandsOff.Core.StyleGan2;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>An experiment's images and their splits, rendered or read once.</summary>
internal sealed class ExperimentData(StageCache cache, ProtocolDomain domain, StyleGan2Config size, CancellationToken cancel)
{
    // Pools of scenes by seed. 1 is what generators are trained on, 2 what they are measured by.
    private const ulong UnlabelledSeed = 1, HeldOutSeed = 2, PoolSeed = 3, TestSeed = 4, ValidationSeed = 5, AllSeed = 6;

    /// <summary>The labelled photographs as a folder, and its digest.</summary>
    public (string Folder, string Digest) Pool()
    {
        if (!domain.Scenes) return (domain.PoolFolder!, ContentDigest.OfPath(domain.PoolFolder!));
        var stage = cache.Get("photographs", 1, new { domain.Pool, PoolSeed, size.Width }, folder => Render(PoolSeed, domain.Pool, Path.Combine(folder, "data")));
        return (stage.PathOf("data"), stage.Digest);
    }

    public SetSource Validation() => Set("validation", ValidationSeed, domain.Validation, domain.ValidationFolder);

    public SetSource Test() => Set("test", TestSeed, domain.Test, domain.TestFolder);

    /// <summary>All labelled training images.</summary>
    public SetSource All() => Set("all", AllSeed, domain.All, domain.AllFolder);

    /// <summary>How many those are.</summary>
    public int AllCount => domain.Scenes ? domain.All : LabeledFolder.Open(domain.AllFolder!).Items.Count;

    /// <summary>Images without labels, and others that are held out from them.</summary>
    public (string Images, string HeldOut, string Digest) Unlabelled()
    {
        if (domain.Scenes)
        {
            var stage = cache.Get("unlabelled", 1, new { domain.Unlabelled, UnlabelledSeed, HeldOutSeed, size.Width }, folder =>
            {
                Render(UnlabelledSeed, domain.Unlabelled, Path.Combine(folder, "train.zip"), zip: true);
                Render(HeldOutSeed, Math.Min(48, domain.Unlabelled), Path.Combine(folder, "held.zip"), zip: true);
            });
            return (stage.PathOf("train.zip"), stage.PathOf("held.zip"), stage.Digest);
        }

        string images = domain.UnlabelledImages ?? Path.Combine(domain.PoolFolder!, "images"), held = Path.Combine(domain.ValidationFolder!, "images");
        return (images, held, ContentDigest.Of(new[] { ContentDigest.OfPath(images), ContentDigest.OfPath(held) }));
    }

    private SetSource Set(string name, ulong seed, int count, string? folder)
    {
        object inputs = domain.Scenes ? new { name, seed, count, size.Width } : new { Content = ContentDigest.OfPath(folder!), size.Width, size.Height };
        var stage = cache.Get($"set-{name}", 1, inputs, target =>
        {
            using var set = domain.Scenes ? Rendered(seed, count) : DenseSet.Of(LabeledFolder.Open(folder!), size.Width, size.Height);
            set.Save(Path.Combine(target, DatasetDraw.SetFile));
        });
        return SetSource.Of(stage);
    }

    private DenseSet Rendered(ulong seed, int count)
    {
        if (size.Width != size.Height) throw new HandsOffException($"scenes are square; the pair makes {size.Width}x{size.Height}");
        var builder = new DenseSetBuilder(SceneSchema.Schema, size.Width, size.Height);
        for (int i = 0; i < count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var scene = SceneRenderer.Render(seed, i, size.Width);
            builder.Add(new LabeledImage { Width = scene.Width, Height = scene.Height, Rgb = scene.Rgb, Mask = scene.Mask, Depth = scene.Depth, Keypoints = scene.Keypoints });
        }

        return builder.Build();
    }

    private void Render(ulong seed, int count, string path, bool zip = false) =>
        SceneWriter.Write(new SceneRequest { Count = count, Out = path, Seed = seed, Size = size.Width, Zip = zip, ImagesOnly = zip }, null, cancel);
}
