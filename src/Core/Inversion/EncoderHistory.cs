using System.Globalization;
using System.Text;
using HandsOff.Core.Diagnostics;

namespace HandsOff.Core.Inversion;

/// <summary>The history of an encoder's training as CSV, one row a measurement, and as a plot of it.</summary>
internal static class EncoderHistory
{
    private const string Header = "phase,iteration,steps,seconds,loss,held_out_pairs,held_out_fine_tuning,held_out_mse,best";

    /// <summary>Replaces the file with all rows. The perceptual distance has a column a phase, so that a plot tells them apart.</summary>
    public static void Write(string path, IReadOnlyList<EncoderMeasurement> rows)
    {
        var text = new StringBuilder(Header).Append('\n');
        foreach (var r in rows)
        {
            bool pairs = r.Phase == EncoderPhase.Pairs;
            text.Append(CultureInfo.InvariantCulture, $"{(pairs ? "pairs" : "photos")},{r.Iteration},{r.Steps},{r.Seconds:F1},{r.Loss:G6}");
            text.Append(CultureInfo.InvariantCulture, $",{(pairs ? $"{r.HeldOutPerceptual:G6}," : $",{r.HeldOutPerceptual:G6}")},{r.HeldOutSquaredError:G6},{(r.Best ? 1 : 0)}\n");
        }

        File.WriteAllText(path + ".tmp", text.ToString());
        File.Move(path + ".tmp", path, overwrite: true);
    }

    /// <summary>Draws the history.</summary>
    public static void Draw(string csv, string png, string measure) => Plot.Csv(csv, png, "steps",
    [
        new PlotPanel($"{measure} on held-out photographs: generated pairs first, then fine-tuning", ["held_out_pairs", "held_out_fine_tuning"]),
        new PlotPanel("Squared error on held-out photographs", ["held_out_mse"]),
        new PlotPanel("Training loss", ["loss"]),
    ]);
}
