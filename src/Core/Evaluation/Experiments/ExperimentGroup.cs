namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>The cells that differ in their seed only: a row of a table.</summary>
internal sealed record ExperimentGroup(string Variant, string System, int Labelled, string Network, IReadOnlyList<ExperimentCell> Cells)
{
    /// <summary>Rows in the order of the record.</summary>
    public static IReadOnlyList<ExperimentGroup> Of(ExperimentRecord record) =>
        [.. record.Cells.GroupBy(c => (c.Variant, c.System, c.Labelled, c.Network)).Select(g => new ExperimentGroup(g.Key.Variant, Spelt(g.Key.System), g.Key.Labelled, g.Key.Network, [.. g]))];

    /// <summary>Mean and deviation (n - 1) over the seeds, of the test split or of validation; null where it was not measured.</summary>
    public (double Mean, double Deviation)? Figure(ExperimentMetric metric, bool test)
    {
        double[] values = [.. Cells.Select(c => test ? c.Test : c.Validation).Select(r => r is null ? null : metric.Of(r)).OfType<double>()];
        if (values.Length == 0) return null;
        double mean = values.Average();
        return (mean, values.Length == 1 ? 0 : Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1)));
    }

    /// <summary>What charts write beside it.</summary>
    public string Label(bool networks) => $"{(Variant.Length > 0 ? Variant : System)} {Labelled}{(networks ? " " + Network : "")}";

    /// <summary>The system as protocols spell it.</summary>
    public static string Spelt(ExperimentSystem system) => global::System.Text.Json.JsonSerializer.Serialize(system, ExperimentJson.Options).Trim('"');
}
