using System.Globalization;
using System.Text;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>An experiment's record as Markdown: mean and deviation over the seeds on the test split, and where HandsOff stands.</summary>
public static class ExperimentTables
{
    private static readonly string[] s_ours = ["handsoff", "handsoff+photographs"];
    private static readonly string[] s_baselines = ["datasetgan", "editgan", "transfer"];

    /// <summary>The page.</summary>
    public static string Markdown(ExperimentRecord record)
    {
        var text = new StringBuilder();
        var protocol = record.Protocol;
        var groups = ExperimentGroup.Of(record);
        var metrics = ExperimentMetric.All.Where(m => groups.Any(g => g.Figure(m) is not null)).ToList();
        Line($"# {protocol.Name}");
        Line();
        if (protocol.Question is { } question)
        {
            Line(question);
            Line();
        }

        Line($"Pair `{protocol.Pair}` (generator {record.Generator[..12]}), {protocol.Seeds.Count} seed{(protocol.Seeds.Count == 1 ? "" : "s")}, {record.Machine.Processor}, {record.Machine.Threads} threads, {record.Machine.Device}; {record.Seconds / 60:0.0} minutes of stages. "
            + "Test split; mean ± deviation over the seeds. Made by `handsoff experiment`, do not edit.");
        Line();
        bool variants = groups.Any(g => g.Variant.Length > 0);
        Line($"| {(variants ? "variant | " : "")}system | labelled | network | {string.Join(" | ", metrics.Select(m => m.Name))} |");
        Line($"|{(variants ? "---|" : "")}---|---|---|{string.Concat(metrics.Select(_ => "---|"))}");
        foreach (var g in groups)
            Line($"| {(variants ? g.Variant + " | " : "")}{g.System} | {g.Labelled} | {g.Network} | {string.Join(" | ", metrics.Select(m => Cell(g.Figure(m))))} |");
        Line();
        Classes(record, groups);
        Standing(groups, metrics);
        Details(groups);
        return text.ToString();

        void Line(string line = "") => text.Append(line).Append('\n');

        void Classes(ExperimentRecord r, IReadOnlyList<ExperimentGroup> all)
        {
            var names = r.Cells.SelectMany(c => c.Test?.ClassIou?.Keys ?? []).Distinct().ToList();
            if (names.Count == 0 || variants) return;
            Line($"| IoU by class | {string.Join(" | ", names)} |");
            Line($"|---|{string.Concat(names.Select(_ => "---|"))}");
            foreach (var g in all)
                Line($"| {g.System} {g.Labelled} {g.Network} | {string.Join(" | ", names.Select(n => g.Cells.Select(c => c.Test?.ClassIou?.GetValueOrDefault(n) ?? 0).Average().ToString("0.000", CultureInfo.InvariantCulture)))} |");
            Line();
        }

        void Standing(IReadOnlyList<ExperimentGroup> all, List<ExperimentMetric> shown)
        {
            if (variants) return;
            var lines = new List<string>();
            foreach (int labelled in protocol.Labelled)
                foreach (var metric in shown.Where(m => m.Task is not null))
                {
                    var ours = Best(all.Where(g => s_ours.Contains(g.System) && g.Labelled == labelled), metric);
                    var theirs = Best(all.Where(g => s_baselines.Contains(g.System) && g.Labelled == labelled), metric);
                    var upper = Best(all.Where(g => g.System == "upper"), metric);
                    if (ours is null || (theirs is null && upper is null)) continue;
                    double own = ours.Figure(metric)!.Value.Mean;
                    string against = theirs is null ? "" : $" {Relative(own, theirs.Figure(metric)!.Value.Mean, metric)} the best baseline ({theirs.System}, {theirs.Network}, {Number(theirs.Figure(metric)!.Value.Mean)})";
                    string bound = upper is null ? "" : $"{(theirs is null ? "" : ",")} {Relative(own, upper.Figure(metric)!.Value.Mean, metric)} the upper bound ({Number(upper.Figure(metric)!.Value.Mean)})";
                    lines.Add($"- {metric.Task}, {labelled} labelled, {metric.Name}: {ours.System} ({ours.Network}) {Number(own)}:{against}{bound}");
                }

            if (lines.Count == 0) return;
            Line("Where HandsOff stands, its best network against the others' best:");
            Line();
            foreach (string line in lines) Line(line);
            Line();
        }

        void Details(IReadOnlyList<ExperimentGroup> all)
        {
            var names = all.SelectMany(g => g.Cells.SelectMany(c => c.Figures.Keys)).Distinct().ToList();
            var rows = all.Where(g => g.Cells.Any(c => c.Figures.Count > 0)).ToList();
            if (rows.Count == 0) return;
            Line($"| on the way | {string.Join(" | ", names)} |");
            Line($"|---|{string.Concat(names.Select(_ => "---|"))}");
            foreach (var g in rows)
                Line($"| {(variants ? g.Variant + ", " : "")}{g.System} {g.Labelled} {g.Network} | {string.Join(" | ", names.Select(n => g.Cells.Any(c => c.Figures.ContainsKey(n)) ? Number(g.Cells.Where(c => c.Figures.ContainsKey(n)).Average(c => c.Figures[n])) : ""))} |");
            Line();
        }
    }

    private static ExperimentGroup? Best(IEnumerable<ExperimentGroup> groups, ExperimentMetric metric)
    {
        var known = groups.Where(g => g.Figure(metric) is not null).ToList();
        return metric.MoreIsBetter ? known.MaxBy(g => g.Figure(metric)!.Value.Mean) : known.MinBy(g => g.Figure(metric)!.Value.Mean);
    }

    private static string Relative(double own, double other, ExperimentMetric metric)
    {
        if (other == 0) return metric.MoreIsBetter == own > other ? "ahead of" : "not ahead of";
        double gain = metric.MoreIsBetter ? own / other - 1 : 1 - own / other;
        return string.Create(CultureInfo.InvariantCulture, $"{Math.Abs(100 * gain):0.0} % {(gain >= 0 ? "ahead of" : "behind")}");
    }

    private static string Cell((double Mean, double Deviation)? figure) =>
        figure is not { } f ? "" : f.Deviation > 0 ? $"{Number(f.Mean)} ± {Number(f.Deviation)}" : Number(f.Mean);

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 100 ? "0" : "0.0000", CultureInfo.InvariantCulture);
}
