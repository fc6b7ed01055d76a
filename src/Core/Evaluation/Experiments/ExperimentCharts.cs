using ScottPlot;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>An experiment's record as a picture: a bar a row with its deviation, one diagram a task.</summary>
public static class ExperimentCharts
{
    private const int PanelHeight = 300, RowWidth = 116, LeastWidth = 700;

    /// <summary>Draws the record; writes nothing when nothing was measured. Replaces the file in one move.</summary>
    public static void Draw(ExperimentRecord record, string png)
    {
        var groups = ExperimentGroup.Of(record);
        bool networks = groups.Select(g => g.Network).Distinct().Count() > 1;
        bool test = record.Protocol.ScoreTest;
        var metrics = ExperimentMetric.All.Where(m => m.Task is not null && groups.Any(g => g.Figure(m, test) is not null)).ToList();
        if (metrics.Count == 0) return;
        var plots = new Multiplot();
        plots.AddPlots(metrics.Count);
        for (int i = 0; i < metrics.Count; i++)
        {
            var plot = plots.GetPlot(i);
            plot.Title($"{record.Protocol.Name}: {metrics[i].Name} on {(test ? "test" : "validation")} ({(metrics[i].MoreIsBetter ? "more" : "less")} is better)");
            var bars = new List<Bar>();
            for (int g = 0; g < groups.Count; g++)
            {
                if (groups[g].Figure(metrics[i], test) is not { } figure) continue;
                bars.Add(new Bar { Position = g, Value = figure.Mean, Error = figure.Deviation, FillColor = Color(groups[g].System), Label = figure.Mean.ToString("0.000", System.Globalization.CultureInfo.InvariantCulture) });
            }

            plot.Add.Bars(bars);
            plot.Axes.Bottom.SetTicks([.. Enumerable.Range(0, groups.Count).Select(g => (double)g)], [.. groups.Select(g => g.Label(networks).Replace(' ', '\n').Replace("+", "\n+", StringComparison.Ordinal))]);
            plot.Axes.Margins(bottom: 0, top: 0.2);
        }

        string temporary = png + ".tmp";
        plots.SavePng(temporary, Math.Max(LeastWidth, groups.Count * RowWidth), PanelHeight * metrics.Count);
        File.Move(temporary, png, overwrite: true);
    }

    private static Color Color(string system) => ScottPlot.Color.FromHex(system switch
    {
        "handsoff" or "handsoff+photographs" or "refined" => "#2a6f97",
        "upper" => "#8d99ae",
        "annotated" => "#b08968",
        "labelled" => "#c9ada7",
        _ => "#e76f51",
    });
}
