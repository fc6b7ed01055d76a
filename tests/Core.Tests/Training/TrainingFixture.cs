using HandsOff.Core.Imaging;
using HandsOff.Core.StyleGan2;
using HandsOff.Core.Training;

namespace HandsOff.Core.Tests.Training;

/// <summary>A folder for one test, with a few small images and the options of a tiny network.</summary>
internal sealed class TrainingFixture : IDisposable
{
    public TrainingFixture()
    {
        Folder = Directory.CreateTempSubdirectory("handsoff-train-").FullName;
        Directory.CreateDirectory(Path.Combine(Folder, "images"));
        var random = new SplitMix(5);
        for (int i = 0; i < 10; i++)
        {
            // Coloured squares on coloured ground: something to learn, and no two alike.
            var rgb = new byte[16 * 16 * 3];
            byte[] ground = [.. Enumerable.Range(0, 6).Select(_ => (byte)random.Below(256))];
            int left = random.Below(8), top = random.Below(8);
            for (int p = 0; p < 256; p++)
            {
                bool inside = p % 16 >= left && p % 16 < left + 8 && p / 16 >= top && p / 16 < top + 8;
                for (int c = 0; c < 3; c++) rgb[p * 3 + c] = ground[c + (inside ? 3 : 0)];
            }

            File.WriteAllBytes(Path.Combine(Folder, "images", $"{i:D2}.png"), PngWriter.Rgb(rgb, 16, 16));
        }
    }

    public string Folder { get; }

    public ImageFolder Images => ImageFolder.Load([Path.Combine(Folder, "images")], 16, 16);

    /// <summary>16 px, 8 channels; every penalty and ADA act within the first four steps.</summary>
    public static GanTrainingOptions Options => new()
    {
        Network = new StyleGan2Config { Width = 16, Height = 16, ZDim = 8, WDim = 8, MappingLayers = 2, ChannelBase = 128, ChannelMax = 8 },
        Batch = 4,
        Kimg = 0.032,
        R1Interval = 3,
        PathInterval = 2,
        Mirror = true,
        Augment = AugmentMode.Ada,
        AugmentProbability = 0.5,
        AdaInterval = 3,
        AdaKimg = 0.1,
        Seed = 7,
        LogKimg = 0.008,
        SnapshotKimg = 0.016,
    };

    public string Run(string name) => Path.Combine(Folder, name);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
