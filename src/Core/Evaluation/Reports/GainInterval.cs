using HandsOff.Core.Training;

namespace HandsOff.Core.Evaluation.Reports;

/// <summary>
/// How far a gain depends on which photographs it was measured on: the middle 95 % of what it is over photographs drawn anew
/// from those (Efron's bootstrap, both networks on the same ones). What another seed of the training would change is not in it.
/// </summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
/// <param name="Photographs">Photographs measured.</param>
public sealed record GainInterval(double Low, double High, int Photographs)
{
    /// <summary>
    /// Below this nothing is decided: five photographs that all agree do so by chance once in sixteen times.
    /// </summary>
    public const int Fewest = 6;

    private const int Draws = 2000;

    /// <summary>1: better with the dataset, -1: worse, 0: cannot tell.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public int Sign => Photographs < Fewest || !(Low > 0 || High < 0) ? 0 : Low > 0 ? 1 : -1;

    /// <summary>Draws photographs with replacement.</summary>
    /// <param name="photographs">How many were measured.</param>
    /// <param name="gain">The gain over the photographs given (indices, some several times).</param>
    /// <param name="seed">Of the draws.</param>
    internal static GainInterval Of(int photographs, Func<IReadOnlyList<int>, double> gain, ulong seed)
    {
        if (photographs == 0) return new GainInterval(0, 0, 0);
        var random = new SplitMix(SplitMix.Key(seed, 0xB007, 0));
        var gains = new List<double>();
        int[] chosen = new int[photographs];
        for (int draw = 0; draw < Draws; draw++)
        {
            for (int i = 0; i < photographs; i++) chosen[i] = random.Below(photographs);
            double value = gain(chosen);
            if (double.IsFinite(value)) gains.Add(value);
        }

        // Without a figure (no label that can be scored) there is no interval; "cannot tell" is right for it.
        if (gains.Count == 0) return new GainInterval(0, 0, photographs);
        gains.Sort();
        double At(double share) => gains[(int)Math.Round(share * (gains.Count - 1))];
        return new GainInterval(Math.Round(At(0.025), 6), Math.Round(At(0.975), 6), photographs);
    }
}
