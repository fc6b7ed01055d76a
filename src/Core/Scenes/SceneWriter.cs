using HandsOff.Core.Imaging;
using HandsOff.Core.Labeling;

namespace HandsOff.Core.Scenes;

/// <summary>Renders many scenes on many threads into a labelled folder or, images only, a folder or zip for generator training.</summary>
public static class SceneWriter
{
    /// <summary>The id of a scene in everything written: seed and index.</summary>
    public static string Id(ulong seed, long index) => $"scene-{seed}-{index:D6}";

    /// <summary>Writes scenes first..first+count-1. The files do not depend on the number of threads.</summary>
    /// <param name="request">What to render, and where to.</param>
    /// <param name="progress">Told the number of scenes done.</param>
    /// <param name="cancel">Stops between scenes; a zip is then removed.</param>
    public static void Write(SceneRequest request, IProgress<int>? progress, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Validate();
        var options = new ParallelOptions { MaxDegreeOfParallelism = request.Threads, CancellationToken = cancel };
        if (request.Zip) WriteZip(request, options, progress);
        else WriteFolder(request, options, progress);
    }

    private static void WriteFolder(SceneRequest request, ParallelOptions options, IProgress<int>? progress)
    {
        var writer = request.ImagesOnly ? null : new LabeledFolderWriter(request.Out, SceneSchema.Schema);
        if (writer is null) Directory.CreateDirectory(request.Out);
        int done = 0;
        Parallel.For(0, request.Count, options, i =>
        {
            long index = request.First + i;
            var scene = SceneRenderer.Render(request.Seed, index, request.Size);
            string id = Id(request.Seed, index);
            if (writer is null) File.WriteAllBytes(Path.Combine(request.Out, id + ".png"), PngWriter.Rgb(scene.Rgb, scene.Width, scene.Height));
            else
            {
                writer.Add(id, new LabeledImage
                {
                    Width = scene.Width,
                    Height = scene.Height,
                    Rgb = scene.Rgb,
                    Mask = scene.Mask,
                    Depth = scene.Depth,
                    Keypoints = scene.Keypoints,
                });
            }

            progress?.Report(Interlocked.Increment(ref done));
        });
        writer?.Complete();
    }

    private static void WriteZip(SceneRequest request, ParallelOptions options, IProgress<int>? progress)
    {
        // Batches are rendered in parallel and appended in order.
        int batch = 32 * request.Threads;
        var files = new byte[batch][];
        using var zip = new ImageZip(request.Out);
        for (int start = 0; start < request.Count; start += batch)
        {
            int n = Math.Min(batch, request.Count - start);
            Parallel.For(0, n, options, i =>
            {
                var scene = SceneRenderer.Render(request.Seed, request.First + start + i, request.Size);
                files[i] = PngWriter.Rgb(scene.Rgb, scene.Width, scene.Height);
            });
            for (int i = 0; i < n; i++) zip.Add(Id(request.Seed, request.First + start + i) + ".png", files[i]);
            progress?.Report(start + n);
        }

        zip.Complete();
    }
}
