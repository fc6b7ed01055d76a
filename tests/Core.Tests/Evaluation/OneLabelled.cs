using HandsOff.Core.Evaluation.Downstream;
using HandsOff.Core.Tests.Evaluation.Downstream;

namespace HandsOff.Core.Tests.Evaluation;

/// <summary>Toy scenes of which only one has labels that are scored: its own figures, from predictions of the very same batch.</summary>
internal static class OneLabelled
{
    public static DenseSet Of(int count, int labelled)
    {
        using var all = ToyScenes.Set(count);
        var builder = new DenseSetBuilder(ToyScenes.Schema, ToyScenes.Size, ToyScenes.Size);
        for (int i = 0; i < count; i++)
        {
            var image = all.Image(i);
            if (i != labelled)
            {
                Array.Fill(image.Mask!, (byte)255);
                Array.Clear(image.Depth!);
                Array.Clear(image.Keypoints!);
            }

            builder.Add(image);
        }

        return builder.Build();
    }
}
