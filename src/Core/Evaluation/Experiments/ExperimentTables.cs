using System.Globalization;
using System.Text;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>
/// An experiment's record as Markdown: mean and deviation over the seeds, on the test split or, where the protocol leaves that
/// alone, on validation; where HandsOff stands; where its distance to the upper bound comes from; what it took.
/// </summary>
public static class ExperimentTables
{
    private const int TargetLabelled = 50;

    /// <summary>From the upper bound to HandsOff, one change a step: what the step changes, and what else differs.</summary>
    private static readonly (string System, string Step)[] s_chain =
    [
        ("upper", ""),
        ("annotated", "**the generator**: generated images instead of real ones. Also different: their labels are the annotator's instead of exact, there are as many as samples were drawn, and the draws that handsoff's labeler was unsure of are left out"),
        ("datasetgan", "**the labeler**: labels of one that learned from few images instead of the annotator's own. Also different: it was shown generated images, and its own uncertainty leaves out other draws"),
        ("editgan", "**inversion where it is easy**: the latents of those generated images are found again instead of known. Also different: the gate may leave some of them out"),
        ("handsoff", "**inversion of real images**, which the generator cannot quite make. Also different: their labels are their own, exact where the annotator's were not, a gain that hides part of the loss; and other images are labelled"),
    ];

    /// <summary>The page.</summary>
    public static string Markdown(ExperimentRecord record)
    {
        var text = new StringBuilder();
        var protocol = record.Protocol;
        bool test = protocol.ScoreTest;
        var groups = ExperimentGroup.Of(record);
        var metrics = ExperimentMetric.All.Where(m => groups.Any(g => g.Figure(m, test) is not null)).ToList();
        bool variants = groups.Any(g => g.Variant.Length > 0);
        Line($"# {protocol.Name}");
        Line();
        if (protocol.Question is { } question)
        {
            Line(question);
            Line();
        }

        Line($"Pair `{protocol.Pair}` (generator {record.Generator[..12]}), {protocol.Seeds.Count} seed{(protocol.Seeds.Count == 1 ? "" : "s")}, {record.Machine.Processor}, {record.Machine.Threads} threads, {record.Machine.Device}; {record.Seconds / 60:0.0} minutes of stages. "
            + (test ? "Test split" : "**Validation split**: this protocol leaves the test split alone. Rates and kept states were chosen on these images, which flatters every row a little")
            + "; mean ± deviation over the seeds. Made by `handsoff experiment`, do not edit.");
        Line();
        Line($"| {(variants ? "variant | " : "")}system | labelled | network | {string.Join(" | ", metrics.Select(m => m.Name))} |");
        Line($"|{(variants ? "---|" : "")}---|---|---|{string.Concat(metrics.Select(_ => "---|"))}");
        foreach (var g in groups)
            Line($"| {(variants ? g.Variant + " | " : "")}{g.System} | {g.Labelled} | {g.Network} | {string.Join(" | ", metrics.Select(m => Cell(g.Figure(m, test))))} |");
        foreach (var a in record.Annotators)
            Line($"| {(variants ? a.Variant + " | " : "")}annotator{(test ? " (on validation)" : "")} | {a.Labelled} | {a.Network} | {string.Join(" | ", metrics.Select(m => m.Of(a.Validation) is { } value ? Number(value) : ""))} |");
        Line();
        if (!variants)
        {
            Classes();
            Verdict();
            Gap();
        }

        Details();
        Times();
        if (record.Failures is { } failures)
            Line($"`{protocol.Name}-failures.png`: the {(test ? "test" : "validation")} images that {failures}, is worst at; a row a task (segmentation, keypoints, depth), each image with its own label and what was predicted (for depth the error).");
        return text.ToString();

        void Line(string line = "") => text.Append(line).Append('\n');

        void Head(params IEnumerable<string> names)
        {
            string[] all = [.. names];
            Line($"| {string.Join(" | ", all)} |");
            Line($"|{string.Concat(all.Select(_ => "---|"))}");
        }

        void Classes()
        {
            IReadOnlyDictionary<string, double>? Of(ExperimentCell cell) => (test ? cell.Test : cell.Validation)?.ClassIou;
            var names = record.Cells.SelectMany(c => Of(c)?.Keys ?? []).Distinct().ToList();
            if (names.Count == 0) return;
            Head(["IoU by class", .. names]);
            foreach (var g in groups)
            {
                // A class that a report lacks occurred nowhere: there is no figure, and none to average.
                string Mean(string name) => g.Cells.Select(Of).Where(c => c?.ContainsKey(name) == true).Select(c => c![name]).ToList() is { Count: > 0 } own ? own.Average().ToString("0.000", CultureInfo.InvariantCulture) : "";
                Line($"| {g.System} {g.Labelled} {g.Network} | {string.Join(" | ", names.Select(Mean))} |");
            }

            Line();
        }

        void Verdict()
        {
            var verdicts = ExperimentVerdict.Of(record, groups).Where(v => v.Baseline is not null || v.Upper is not null).ToList();
            if (verdicts.Count == 0) return;
            Line("## Where HandsOff stands");
            Line();
            Line($"Its best row against the baselines' best, each chosen by its validation figure; the figures are those of {(test ? "test" : "validation")}. Differences are above 0 where HandsOff is better."
                + (protocol.Seeds.Count == 1 ? " One seed: how much of a difference is chance is not known." : ""));
            Line();
            Head("task", "labelled", "HandsOff", "best baseline", "difference", "relative", "first", "upper bound", "to the bound");
            foreach (var v in verdicts)
                Line($"| {v.Metric.Task} ({v.Metric.Name}) | {v.Labelled} | {Number(v.Own)} ({v.Ours.System}, {v.Ours.Network}) | "
                    + (v.Baseline is { } b ? $"{Number(v.Theirs)} ({b.System}, {b.Network}) | {Signed(v.Difference)} | {Percent(v.Lead)} | {(v.Ahead is { } ahead ? $"no: {ahead.System} {Number(ahead.Figure(v.Metric, test)!.Value.Mean)}" : "yes")}" : " | | |")
                    + (v.Upper is { } upper ? $" | {Number(upper)} | {Percent(v.Distance!.Value)} |" : " | | |"));
            Line();
            string[] missing = [.. ExperimentVerdict.Baselines.Where(s => groups.All(g => g.System != s))];
            if (missing.Length > 0)
            {
                Line($"Baselines that this protocol leaves out: {string.Join(", ", missing)}.");
                Line();
            }

            if (test) Targets(verdicts);
        }

        void Targets(List<ExperimentVerdict> verdicts)
        {
            int labelled = protocol.Labelled.Contains(TargetLabelled) ? TargetLabelled : protocol.Labelled.Max();
            var own = verdicts.Where(v => v.Labelled == labelled).ToList();
            var against = own.Where(v => v.Baseline is not null).ToList();
            var bound = own.Where(v => v.Distance is not null).ToList();
            Line($"Targets, at {labelled} labelled images:");
            Line();
            if (against.Count > 0)
            {
                int first = against.Count(v => v.Ahead is null);
                var most = against.MaxBy(v => v.Lead)!;
                Line($"- first on every task: {Met(first == against.Count)} ({first} of {against.Count})");
                Line($"- at least {100 * ExperimentVerdict.WantedLead:0} % ahead of the best baseline on one task: {Met(most.Lead >= ExperimentVerdict.WantedLead)} (most: {most.Metric.Task}, {Percent(most.Lead)})");
            }

            if (bound.Count > 0)
                Line($"- within {100 * ExperimentVerdict.WantedDistance:0} % of the upper bound on every task{(protocol.Domain.Scenes ? "" : " (a target for scenes only)")}: {Met(bound.All(v => v.Distance >= -ExperimentVerdict.WantedDistance))} ({string.Join(", ", bound.Select(v => $"{v.Metric.Task} {Percent(v.Distance!.Value)}"))})");
            Line();
        }

        void Gap()
        {
            var present = s_chain.Where(c => groups.Any(g => g.System == c.System)).Select(c => c.System).ToList();
            if (present.Count < 3 || !present.Contains("handsoff")) return;
            var rows = new List<string>();
            foreach (int labelled in protocol.Labelled)
                foreach (string network in groups.Select(g => g.Network).Distinct())
                    foreach (var metric in metrics.Where(m => m.Task is not null))
                    {
                        var figures = present.Select(s => groups.FirstOrDefault(g => g.System == s && g.Network == network && (s == "upper" || g.Labelled == labelled))?.Figure(metric, test)?.Mean).ToList();
                        if (figures.Count(f => f is not null) < 2) continue;
                        var cells = figures.Select((f, i) => f is not { } now ? "" : i > 0 && figures[i - 1] is { } before ? $"{Number(now)} ({Signed(metric.MoreIsBetter ? now - before : before - now)})" : Number(now));
                        rows.Add($"| {labelled} | {network} | {metric.Name} | {string.Join(" | ", cells)} |");
                    }

            if (rows.Count == 0) return;
            Line("## Where the gap comes from");
            Line();
            Line("The same network from the upper bound to HandsOff; in brackets the step from the column before, above 0 where it is a gain.");
            Line();
            Head(["labelled", "network", "figure", .. present]);
            foreach (string row in rows) Line(row);
            Line();
            for (int i = 1; i < present.Count; i++)
            {
                int from = Array.FindIndex(s_chain, c => c.System == present[i - 1]), to = Array.FindIndex(s_chain, c => c.System == present[i]);
                Line($"- {present[i - 1]} to {present[i]}{(to - from > 1 ? $", in one step ({string.Join(", ", s_chain[(from + 1)..to].Select(c => c.System))} not in the protocol)" : "")}: {string.Join("; then ", s_chain[(from + 1)..(to + 1)].Select(c => c.Step))}.");
            }

            Line();
        }

        void Details()
        {
            var names = groups.SelectMany(g => g.Cells.SelectMany(c => c.Figures.Keys)).Distinct().ToList();
            var rows = groups.Where(g => g.Cells.Any(c => c.Figures.Count > 0)).ToList();
            if (rows.Count == 0) return;
            Head(["on the way", .. names]);
            foreach (var g in rows)
                Line($"| {(variants ? g.Variant + ", " : "")}{g.System} {g.Labelled} {g.Network} | {string.Join(" | ", names.Select(n => g.Cells.Any(c => c.Figures.ContainsKey(n)) ? Number(g.Cells.Where(c => c.Figures.ContainsKey(n)).Average(c => c.Figures[n])) : ""))} |");
            Line();
        }

        void Times()
        {
            if (record.Stages is not { Count: > 0 } times) return;
            Head("stage", "made", "minutes", "seconds each");
            foreach (var (kind, time) in times.OrderByDescending(t => t.Value.Seconds).ThenBy(t => t.Key, StringComparer.Ordinal))
                Line(string.Create(CultureInfo.InvariantCulture, $"| {kind} | {time.Stages} | {time.Seconds / 60:0.0} | {time.Seconds / time.Stages:0.0} |"));
            Line();
        }
    }

    private static string Met(bool met) => met ? "**met**" : "**missed**";

    private static string Cell((double Mean, double Deviation)? figure) =>
        figure is not { } f ? "" : f.Deviation > 0 ? $"{Number(f.Mean)} ± {Number(f.Deviation)}" : Number(f.Mean);

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 100 ? "0" : "0.0000", CultureInfo.InvariantCulture);

    private static string Signed(double value) => value.ToString("+0.0000;-0.0000;0.0000", CultureInfo.InvariantCulture);

    private static string Percent(double share) => double.IsFinite(share) ? (100 * share).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture) + " %" : "";
}
