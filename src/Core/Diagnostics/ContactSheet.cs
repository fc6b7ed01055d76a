using HandsOff.Core.Imaging;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Diagnostics;

/// <summary>Many images in one PNG, in rows.</summary>
public static class ContactSheet
{
    /// <summary>Writes images [N,3,H,W] in [-1, 1], <paramref name="columns"/> a row, <paramref name="gap"/> white pixels between them; replaces the file in one move.</summary>
    public static void Write(string path, Tensor images, int columns, int gap = 0)
    {
        byte[] bytes;
        int n = (int)images.shape[0], height = (int)images.shape[2], width = (int)images.shape[3];
        using (no_grad())
        using (NewDisposeScope())
            bytes = ToBytes(images).ToArray();
        var list = new byte[n][];
        for (int i = 0; i < n; i++) list[i] = bytes[(i * height * width * 3)..((i + 1) * height * width * 3)];
        Write(path, list, width, height, columns, gap);
    }

    /// <summary>Writes interleaved RGB images, all of one size, <paramref name="columns"/> a row; replaces the file in one move.</summary>
    public static void Write(string path, IReadOnlyList<byte[]> images, int width, int height, int columns, int gap = 0)
    {
        byte[] sheet = Compose(images, width, height, columns, gap, out int sheetWidth, out int sheetHeight);
        string temporary = path + ".tmp";
        File.WriteAllBytes(temporary, PngWriter.Rgb(sheet, sheetWidth, sheetHeight));
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Puts interleaved RGB images of one size on a white sheet and returns its RGB bytes.</summary>
    public static byte[] Compose(IReadOnlyList<byte[]> images, int width, int height, int columns, int gap, out int sheetWidth, out int sheetHeight)
    {
        columns = Math.Max(1, Math.Min(columns, images.Count));
        int rows = (images.Count + columns - 1) / columns;
        sheetWidth = columns * width + (columns - 1) * gap;
        sheetHeight = Math.Max(1, rows * height + (rows - 1) * gap);
        var sheet = new byte[sheetWidth * sheetHeight * 3];
        Array.Fill(sheet, (byte)255);
        for (int i = 0; i < images.Count; i++)
        {
            int left = i % columns * (width + gap), top = i / columns * (height + gap);
            for (int y = 0; y < height; y++)
                images[i].AsSpan(y * width * 3, width * 3).CopyTo(sheet.AsSpan(((top + y) * sheetWidth + left) * 3));
        }

        return sheet;
    }

    // [N,3,H,W] in [-1, 1] to interleaved bytes; the tensors made belong to the caller's scope.
    private static Span<byte> ToBytes(Tensor images) =>
        Pixels.ToBytes(images.detach().cpu()).permute(0, 2, 3, 1).contiguous().bytes;
}
