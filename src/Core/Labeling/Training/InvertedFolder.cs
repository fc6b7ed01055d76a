using HandsOff.Core.Inversion;
using HandsOff.Core.StyleGan2;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Labeling.Training;

/// <summary>Brings the output of <c>handsoff invert</c> together with the data set it was made from.</summary>
public static class InvertedFolder
{
    /// <summary>Fewest photographs a labeler is trained on.</summary>
    public const int Fewest = 4;

    /// <summary>
    /// The photographs that are labelled, inverted and accepted by the inversion's gate, in id order. The caller disposes them.
    /// </summary>
    /// <param name="folder">Holds latents.safetensors, and inversion.json where there was a gate.</param>
    /// <param name="data">The labelled photographs.</param>
    /// <param name="generator">The generator that they were inverted for.</param>
    /// <param name="rejectedToo">Take the ones that the gate rejected as well.</param>
    /// <param name="fewest">Fewer photographs than this are an error.</param>
    /// <exception cref="HandsOffException">Files missing, latents of another generator, too few photographs, a faulty label.</exception>
    public static IReadOnlyList<InvertedPhotograph> Load(string folder, LabeledFolder data, StyleGan2Config generator, bool rejectedToo = false, int fewest = Fewest)
    {
        string path = Path.Combine(folder, Inverter.LatentsFile);
        if (!File.Exists(path)) throw new HandsOffException($"{path}: missing; 'handsoff invert --out {folder}' makes it");
        var rejected = rejectedToo ? [] : Rejected(Path.Combine(folder, Inverter.ReportFile));
        var (latents, _) = SafeTensors.Read(path);
        var photographs = new List<InvertedPhotograph>();
        try
        {
            foreach (var item in data.Items)
            {
                if (!latents.TryGetValue(item.Id, out var ws) || rejected.Contains(item.Id)) continue;
                if (!ws.shape.SequenceEqual([generator.NumWs, generator.WDim]))
                    throw new HandsOffException($"{path}: latents of {item.Id} have shape [{string.Join(", ", ws.shape)}], [{generator.NumWs}, {generator.WDim}] would be right: they belong to another generator");
                using (var scope = NewDisposeScope())
                    if (!ws.isfinite().all().item<bool>()) throw new HandsOffException($"{path}: latents of {item.Id} hold NaN or infinite values; invert it again");
                latents.Remove(item.Id);
                var kept = ws.dtype == ScalarType.Float32 ? ws : ws.to(ScalarType.Float32);
                if (!ReferenceEquals(kept, ws)) ws.Dispose();
                photographs.Add(new InvertedPhotograph(item.Id, kept, item.Load()));
            }

            if (photographs.Count < fewest)
                throw new HandsOffException($"{folder}: {photographs.Count} photographs are both labelled in {data.FolderPath} and accepted by the inversion ({rejected.Count} rejected); at least {fewest} are needed");
            return photographs;
        }
        catch
        {
            foreach (var p in photographs) p.Dispose();
            throw;
        }
        finally
        {
            foreach (var t in latents.Values) t.Dispose();
        }
    }

    private static HashSet<string> Rejected(string path)
    {
        if (!File.Exists(path)) return [];
        return [.. InversionReport.Read(path).Images.Where(i => !i.Accepted).Select(i => i.Id)];
    }
}
