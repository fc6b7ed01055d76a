using HandsOff.Core.Imaging;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Inversion;

/// <summary>Photographs beside their reconstructions, as one PNG; a red bar under those that the gate rejected.</summary>
internal static class InversionSheet
{
    private const int Gap = 6, Bar = 3, LargestCount = 64, Magnified = 128;

    /// <summary>Draws the first 64.</summary>
    /// <param name="columns">Photographs, then reconstructions, each [B,3,H,W] in about [-1,1].</param>
    /// <param name="accepted">The gate's decisions.</param>
    public static byte[] Draw(IReadOnlyList<Tensor> columns, IReadOnlyList<bool> accepted)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        int count = Math.Min(LargestCount, accepted.Count), groups = Math.Min(4, count), rows = (count + groups - 1) / groups;
        int magnify = Math.Max(1, Magnified / (int)columns[0].shape[3]);
        int width = (int)columns[0].shape[3] * magnify, height = (int)columns[0].shape[2] * magnify;
        int cell = (width * columns.Count) + Gap, line = height + Gap;
        var sheet = ones(3, (rows * line) + Gap, (groups * cell) + Gap);
        for (int i = 0; i < count; i++)
        {
            int top = Gap + (i / groups * line), left = Gap + (i % groups * cell);
            for (int c = 0; c < columns.Count; c++)
            {
                var image = columns[c][i].cpu().clamp(Scalars.Of(-1), Scalars.Of(1)).repeat_interleave(magnify, 1).repeat_interleave(magnify, 2);
                sheet[.., top..(top + height), (left + (c * width))..(left + ((c + 1) * width))] = image;
            }

            if (accepted[i]) continue;
            var bar = sheet[.., (top + height)..(top + height + Bar), left..(left + (columns.Count * width))];
            bar.fill_(Scalars.Of(-1));
            bar[0].fill_(Scalars.Of(1));
        }

        return PngWriter.Rgb(Pixels.ToRgb(sheet), (int)sheet.shape[2], (int)sheet.shape[1]);
    }
}
