using System.Globalization;
using ScottPlot;

namespace HandsOff.Core.Diagnostics;

/// <summary>Curves from a CSV file as a PNG, one diagram below the other.</summary>
public static class Plot
{
    private const int PanelWidth = 900, PanelHeight = 260;

    /// <summary>Draws the panels that have data; writes nothing when none has. Replaces the file in one move.</summary>
    /// <param name="csv">A file with a header line; empty cells are left out.</param>
    /// <param name="png">Where the picture goes.</param>
    /// <param name="x">The column along the horizontal axis.</param>
    /// <param name="panels">What to draw, from the top.</param>
    public static void Csv(string csv, string png, string x, IReadOnlyList<PlotPanel> panels)
    {
        var columns = Read(csv);
        var drawn = panels.Where(p => p.Columns.Any(c => Points(columns, x, c).Xs.Length > 0)).ToList();
        if (drawn.Count == 0) return;
        var plots = new Multiplot();
        plots.AddPlots(drawn.Count);
        for (int i = 0; i < drawn.Count; i++)
        {
            var plot = plots.GetPlot(i);
            plot.Title(drawn[i].Title);
            foreach (string column in drawn[i].Columns)
            {
                var (xs, ys) = Points(columns, x, column);
                if (xs.Length == 0) continue;
                var line = plot.Add.Scatter(xs, ys);
                line.LegendText = column;
                line.MarkerSize = xs.Length < 40 ? 4 : 0;
            }

            plot.ShowLegend(Alignment.UpperRight);
            plot.XLabel(i == drawn.Count - 1 ? x : "");
        }

        string temporary = png + ".tmp";
        plots.SavePng(temporary, PanelWidth, PanelHeight * drawn.Count);
        File.Move(temporary, png, overwrite: true);
    }

    private static Dictionary<string, string[]> Read(string csv)
    {
        var lines = File.ReadLines(csv).Select(l => l.Split(',')).ToList();
        return lines[0].Select((name, i) => (name, cells: lines.Skip(1).Select(l => i < l.Length ? l[i] : "").ToArray())).ToDictionary(c => c.name, c => c.cells);
    }

    private static (double[] Xs, double[] Ys) Points(Dictionary<string, string[]> columns, string x, string y)
    {
        if (!columns.TryGetValue(x, out var xs) || !columns.TryGetValue(y, out var ys)) return ([], []);
        var points = xs.Zip(ys).Where(p => p.First.Length > 0 && p.Second.Length > 0)
            .Select(p => (double.Parse(p.First, CultureInfo.InvariantCulture), double.Parse(p.Second, CultureInfo.InvariantCulture)))
            .Where(p => double.IsFinite(p.Item2)).ToList();
        return ([.. points.Select(p => p.Item1)], [.. points.Select(p => p.Item2)]);
    }
}
