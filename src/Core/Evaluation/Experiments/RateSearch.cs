using System.Globalization;
using HandsOff.Core.Evaluation.Downstream;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>Which learning rate suits a network.</summary>
internal static class RateSearch
{
    /// <summary>The rate whose network is best on validation. One that makes a training diverge is out of the search and ends nothing else.</summary>
    /// <param name="rates">The rates to try.</param>
    /// <param name="choice">Trains with one and gives the figure to choose by.</param>
    /// <param name="what">Whose rate it is, for messages.</param>
    /// <param name="log">Told which rates are out.</param>
    /// <exception cref="HandsOffException">All diverged.</exception>
    public static double Best(IReadOnlyList<double> rates, Func<double, double> choice, string what, Action<string>? log = null)
    {
        var best = (Rate: double.NaN, Choice: double.NegativeInfinity);
        foreach (double rate in rates)
        {
            try
            {
                double found = choice(rate);
                if (double.IsNaN(best.Rate) || found > best.Choice) best = (rate, found);
            }
            catch (TrainingDivergedException e)
            {
                log?.Invoke(string.Create(CultureInfo.InvariantCulture, $"{what}: rate {rate} is out of the search: {e.Message}"));
            }
        }

        string all = string.Join(", ", rates.Select(r => r.ToString(CultureInfo.InvariantCulture)));
        return double.IsNaN(best.Rate) ? throw new HandsOffException($"{what}: the training diverged with every rate of learningRates ({all}); lower ones would be right") : best.Rate;
    }
}
