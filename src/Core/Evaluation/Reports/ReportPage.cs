using System.Globalization;
using System.Net;
using System.Text;
using HandsOff.Core.Diagnostics;
using HandsOff.Core.Evaluation.Downstream;
using HandsOff.Core.Imaging;

namespace HandsOff.Core.Evaluation.Reports;

/// <summary>The report as one HTML file that holds its pictures.</summary>
internal static class ReportPage
{
    private const int Shown = 12;

    public static void Write(DatasetReport report, DenseSet dataset, string sheet, string folder)
    {
        var page = new StringBuilder();
        page.Append("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>").Append(Text(report.Pair)).Append(" report</title><style>")
            .Append("body{font:15px/1.4 system-ui,sans-serif;max-width:960px;margin:1.5em auto;padding:0 1em;color:#222}h1{font-size:1.4em}h2{font-size:1.05em;margin:1.2em 0 .3em}")
            .Append("table{border-collapse:collapse;font-size:.92em}td,th{padding:.15em .7em;border-bottom:1px solid #ddd;text-align:right}td:first-child,th:first-child{text-align:left}")
            .Append(".v{padding:.6em .8em;background:#eef4f8;border-left:4px solid #2a6f97}img{max-width:100%;image-rendering:pixelated}.row{display:flex;gap:1.5em;flex-wrap:wrap}.n{color:#666;font-size:.88em}</style>");
        page.Append($"<h1>Is a dataset of {Text(report.Pair)} worth training on?</h1><p class=v><b>{report.Verdict}</b> ");
        page.Append($"{Figure("Mean IoU", report.Without.MeanIou, report.With.MeanIou)}{Figure("PCK@0.1", report.Without.Pck, report.With.Pck)}{Figure("depth RMSE", report.Without.DepthRmse, report.With.DepthRmse)}</p>");
        page.Append($"<p>Gain of the mean of these figures (depth as 1 - RMSE over its range): {Signed(report.Gain)}, between {Signed(report.Interval.Low)} and {Signed(report.Interval.High)} for 95 of 100 draws of {report.Measured} photographs like these. ");
        page.Append("One training of each network: what another seed would change comes on top.</p>");
        page.Append($"<p class=n>Measured on {report.Measured} labelled photographs that nothing was trained on or chosen by; {report.Learned} to learn from, {report.Validated} to choose by; {report.Samples} samples from {report.Draws} draws. ");
        page.Append("They should not be the photographs that the pair was made with.</p>");

        page.Append("<h2>A downstream network, without and with the dataset</h2>");
        Table(page, ["", "photographs alone", "with the dataset", "the labeler itself"], Rows(report));
        page.Append($"<p class=n>{Text(report.Network)}, {report.Steps} steps of {report.Batch} images, rate {report.LearningRate.ToString(CultureInfo.InvariantCulture)}, the same for both. ");
        page.Append("The labeler itself labels what inversion made of each photograph: its errors are errors of inversion and labeler together.</p>");

        page.Append($"<h2>Inversion</h2><p>{Text(report.Measure)} {Number(report.InversionDistance)}, squared error {Number(report.InversionError)}; {report.InversionAccepted:P0} of the photographs pass the gate. Photograph, remade from the initial latents, after optimisation:</p>");
        Image(page, File.ReadAllBytes(sheet));

        if (report.Labels.ClassIou is { Count: > 0 } || report.RealShares.Count > 0)
        {
            page.Append("<h2>Labels by class</h2><div class=row>");
            string[] names = [.. report.RealShares.Keys];
            Table(page, ["class", "IoU of the labeler", "pixels, photographs", "pixels, dataset"],
                names.Select(n => (string[])[Text(n), report.Labels.ClassIou?.TryGetValue(n, out double iou) == true ? Number(iou) : "", Share(report.RealShares[n]), Share(report.GeneratedShares.GetValueOrDefault(n))]));
            if (names.Length > 0) Image(page, ReportCharts.Pairs(names, [.. names.Select(n => report.RealShares[n])], [.. names.Select(n => report.GeneratedShares.GetValueOrDefault(n))], "photographs", "dataset"));
            page.Append("</div>");
        }

        page.Append("<div class=row>");
        if (report.Uncertainty is { } curve)
        {
            page.Append($"<div><h2>Does it know where it is wrong?</h2><p>{curve.ErrorInTopTenth:P0} of all error lies in the least sure tenth of the pixels (10 % would be chance).</p>");
            Image(page, ReportCharts.Curve(curve));
            page.Append("</div>");
        }

        if (report.Diversity is { } d)
        {
            page.Append("<div><h2>Variety</h2>");
            Table(page, ["", ""],
            [
                ["look like a photograph (precision)", Share(d.Precision)], ["photographs covered (recall)", Share(d.Recall)], ["spread against photographs", Number(d.Spread)],
                ["near-duplicates of each other", Share(d.NearDuplicates)], ["as near to a photograph", Share(d.CopiesOfPhotographs)], ["Fréchet distance (own features)", Number(d.Frechet)],
                ["compared", $"{d.Real} photographs, {d.Generated} generated"],
            ]);
            page.Append("</div>");
        }
        else page.Append("<div><h2>Variety</h2><p>Not measured: the SqueezeNet weights are missing (handsoff lpips install).</p></div>");

        page.Append("</div><h2>Samples and their labels</h2>");
        Image(page, Samples(dataset));
        page.Append($"<p class=n>Pair digest {report.PairDigest}. {Text(report.Machine.Processor)}, {report.Machine.Threads} threads, {Text(report.Machine.Device)}; {report.Seconds:0} s. All figures: report.json.</p></html>\n");
        File.WriteAllText(Path.Combine(folder, "report.html"), page.ToString());
    }

    private static IEnumerable<string[]> Rows(DatasetReport report)
    {
        (string, Func<EvaluationReport, double?>)[] rows =
        [
            ("mean IoU", r => r.MeanIou), ("pixel accuracy", r => r.PixelAccuracy), ("PCK@0.1", r => r.Pck), ("normalised mean error", r => r.NormalizedMeanError),
            ("depth RMSE", r => r.DepthRmse), ("depth abs-rel", r => r.DepthAbsoluteRelative), ("depth within 1.25", r => r.DepthWithinQuarter),
        ];
        foreach (var (name, of) in rows)
        {
            double?[] values = [of(report.Without), of(report.With), of(report.Labels)];
            if (values.Any(v => v is not null)) yield return [name, .. values.Select(v => v is { } x ? Number(x) : "")];
        }
    }

    private static byte[] Samples(DenseSet dataset)
    {
        byte[] palette = MaskPalette.Of(dataset.Schema.Classes);
        var tiles = new List<byte[]>();
        for (int i = 0; i < Math.Min(Shown, dataset.Count); i++)
        {
            byte[] rgb = dataset.Rgb(i);
            tiles.Add(rgb);
            if (dataset.Image(i).Mask is not { } mask) continue;
            var over = new byte[rgb.Length];
            for (int b = 0; b < rgb.Length; b++) over[b] = (byte)((rgb[b] + 2 * palette[3 * mask[b / 3] + b % 3]) / 3);
            tiles.Add(over);
        }

        byte[] sheet = ContactSheet.Compose(tiles, dataset.Width, dataset.Height, 12, 2, out int width, out int height);
        return PngWriter.Rgb(sheet, width, height);
    }

    private static void Table(StringBuilder page, string[] head, IEnumerable<string[]> rows)
    {
        page.Append("<table><tr>").AppendJoin("", head.Select(h => $"<th>{h}</th>")).Append("</tr>");
        foreach (string[] row in rows) page.Append("<tr>").AppendJoin("", row.Select(c => $"<td>{c}</td>")).Append("</tr>");
        page.Append("</table>");
    }

    private static void Image(StringBuilder page, byte[] png) => page.Append("<img alt=\"\" src=\"data:image/png;base64,").Append(Convert.ToBase64String(png)).Append("\">");

    private static string Figure(string name, double? without, double? with) => without is { } a && with is { } b ? $"{name} {Number(a)} without, {Number(b)} with. " : "";

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 100 ? "0" : "0.000", CultureInfo.InvariantCulture);

    private static string Signed(double value) => value.ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture);

    private static string Share(double value) => (100 * value).ToString("0.0", CultureInfo.InvariantCulture) + " %";
}
