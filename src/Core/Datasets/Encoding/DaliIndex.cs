using System.Globalization;
using System.Text;

namespace HandsOff.Core.Datasets.Encoding;

/// <summary>
/// The index that NVIDIA DALI's webdataset reader takes (v1.2): a line with the version and the number of samples, then a
/// line a sample of "extension offset bytes name" for each member.
/// </summary>
internal static class DaliIndex
{
    private const string Version = "v1.2";

    public static byte[] Write(ShardRows rows)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Version} {rows.Count}\n");
        for (int row = 0; row < rows.Count; row++)
        {
            string key = SampleEncoder.Key(rows.Index[row]);
            for (int m = 0; m < rows.Format.Members.Count; m++)
            {
                string extension = rows.Format.Members[m];
                text.Append(CultureInfo.InvariantCulture, $"{(m > 0 ? " " : "")}{extension} {rows.Offsets[m][row]} {rows.Bytes[m][row]} {key}.{extension}");
            }

            text.Append('\n');
        }

        return System.Text.Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>Reads an index: a sample's members (extension, offset, bytes), samples in order.</summary>
    public static IReadOnlyList<(string Extension, long Offset, int Bytes)[]> Read(ReadOnlySpan<byte> file, string name)
    {
        string[] lines = System.Text.Encoding.ASCII.GetString(file).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        try
        {
            string[] head = lines[0].Split(' ');
            if (head[0] != Version || int.Parse(head[1], CultureInfo.InvariantCulture) != lines.Length - 1) throw new FormatException("first line");
            return [.. lines.Skip(1).Select(line => line.Split(' ').Chunk(4)
                .Select(f => (f[0], long.Parse(f[1], CultureInfo.InvariantCulture), int.Parse(f[2], CultureInfo.InvariantCulture))).ToArray())];
        }
        catch (Exception e) when (e is FormatException or IndexOutOfRangeException or OverflowException)
        {
            throw new HandsOffException($"{name}: damaged: not a DALI index of version 1.2", HandsOffException.Failed, e);
        }
    }
}
