using ScottPlot;

namespace HandsOff.Core.Evaluation.Reports;

/// <summary>The report's diagrams as PNG bytes.</summary>
internal static class ReportCharts
{
    private const int Width = 460, Height = 280;

    /// <summary>Error against uncertainty.</summary>
    public static byte[] Curve(UncertaintyCurve curve)
    {
        using var plot = new Plot();
        var line = plot.Add.Scatter(curve.Bins.Select((_, i) => (i + 0.5) / UncertaintyCurve.Count).ToArray(), curve.Bins.Select(b => b.Error).ToArray());
        line.MarkerSize = 6;
        plot.XLabel("pixels, surest first");
        plot.YLabel(curve.Measure);
        plot.Axes.SetLimitsY(0, Math.Max(1e-6, curve.Bins.Max(b => b.Error) * 1.1));
        return plot.GetImage(Width, Height).GetImageBytes(ImageFormat.Png);
    }

    /// <summary>Two values a name, side by side.</summary>
    public static byte[] Pairs(IReadOnlyList<string> names, IReadOnlyList<double> first, IReadOnlyList<double> second, string firstName, string secondName)
    {
        using var plot = new Plot();
        Add(first, -0.2, "#8d99ae", firstName);
        Add(second, 0.2, "#2a6f97", secondName);
        plot.Axes.Bottom.SetTicks([.. Enumerable.Range(0, names.Count).Select(i => (double)i)], [.. names]);
        plot.Axes.Bottom.TickLabelStyle.Rotation = 40;
        plot.Axes.Bottom.TickLabelStyle.Alignment = Alignment.MiddleLeft;
        plot.Axes.Bottom.MinimumSize = 70;
        plot.Axes.Margins(bottom: 0, top: 0.2);
        plot.ShowLegend(Alignment.UpperRight);
        return plot.GetImage(Width, Height + 40).GetImageBytes(ImageFormat.Png);

        void Add(IReadOnlyList<double> values, double shift, string color, string name)
        {
            var bars = plot.Add.Bars(values.Select((v, i) => new Bar { Position = i + shift, Value = v, Size = 0.38, FillColor = Color.FromHex(color) }).ToArray());
            bars.LegendText = name;
        }
    }
}
