using System;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>Copies a 64-bit little-endian ELF library and marks its need of GLIBCXX_3.4.32 as weak (see TorchNative.targets).</summary>
public class WeakenGlibcxxNeed : Task
{
    private const string Version = "GLIBCXX_3.4.32";
    private const uint SectionVersionNeed = 0x6ffffffe;
    private const ushort Weak = 2;

    [Required]
    public string Source { get; set; }

    [Required]
    public string Destination { get; set; }

    public override bool Execute()
    {
        byte[] elf = File.ReadAllBytes(Source);
        if (elf.Length < 64 || elf[0] != 0x7f || elf[1] != 'E' || elf[2] != 'L' || elf[3] != 'F' || elf[4] != 2 || elf[5] != 1)
        {
            Log.LogError("{0} is not a 64-bit little-endian ELF file", Source);
            return false;
        }

        int marked = 0;
        long sections = BitConverter.ToInt64(elf, 0x28);
        int size = BitConverter.ToUInt16(elf, 0x3a), count = BitConverter.ToUInt16(elf, 0x3c);
        for (int i = 0; i < count; i++)
        {
            long header = sections + (long)i * size;
            if (BitConverter.ToUInt32(elf, (int)header + 4) != SectionVersionNeed) continue;
            long need = BitConverter.ToInt64(elf, (int)header + 0x18);
            long names = BitConverter.ToInt64(elf, (int)(sections + (long)BitConverter.ToUInt32(elf, (int)header + 0x28) * size) + 0x18);
            while (true)
            {
                int entries = BitConverter.ToUInt16(elf, (int)need + 2);
                long entry = need + BitConverter.ToUInt32(elf, (int)need + 8);
                for (int e = 0; e < entries; e++)
                {
                    if (Name(elf, names + BitConverter.ToUInt32(elf, (int)entry + 8)) == Version)
                    {
                        elf[entry + 4] |= (byte)Weak;
                        marked++;
                    }

                    entry += BitConverter.ToUInt32(elf, (int)entry + 12);
                }

                uint next = BitConverter.ToUInt32(elf, (int)need + 12);
                if (next == 0) break;
                need += next;
            }
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Destination));
        string temporary = Destination + "." + System.Diagnostics.Process.GetCurrentProcess().Id;
        File.WriteAllBytes(temporary, elf);
        if (File.Exists(Destination)) File.Delete(temporary);
        else File.Move(temporary, Destination);
        Log.LogMessage(MessageImportance.Low, "{0}: {1} version needs marked weak", Destination, marked);
        return true;
    }

    private static string Name(byte[] elf, long at)
    {
        int end = (int)at;
        while (elf[end] != 0) end++;
        return Encoding.ASCII.GetString(elf, (int)at, end - (int)at);
    }
}
