using HandsOff.Core.Inversion;

namespace HandsOff.Core.Pairs;

/// <summary>
/// How well the labelled photographs were inverted: how many, how many the gate accepted, the distance measure (LPIPS
/// with a net, or the discriminator's), and its mean and the mean MSE (images in [0, 1]) over the accepted ones.
/// </summary>
public sealed record InversionSummary(int Photographs, int Accepted, string Measure, double MeanLpips, double MeanMse)
{
    public static InversionSummary Of(InversionReport report)
    {
        var accepted = report.Images.Where(i => i.Accepted).ToList();
        return new InversionSummary(
            report.Images.Count, accepted.Count, report.Measure,
            accepted.Select(i => i.Lpips).DefaultIfEmpty().Average(), accepted.Select(i => i.Mse).DefaultIfEmpty().Average());
    }
}
