using System.Text.Json;
using HandsOff.Tests.Servers;

namespace HandsOff.Silo.Tests.Telemetry;

/// <summary>The dashboards of deploy/grafana, read as Grafana would.</summary>
internal static class Dashboards
{
    public static IReadOnlyList<string> Files => [.. Directory.GetFiles(Path.Combine(Repository.Root, "deploy", "grafana", "dashboards"), "*.json").Order(StringComparer.Ordinal)];

    /// <summary>Where each expression stands, and the expression with its variables filled in.</summary>
    public static IEnumerable<(string Where, string Expression, bool Annotation)> Expressions(string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        string name = Path.GetFileNameWithoutExtension(file);
        foreach (var panel in json.RootElement.GetProperty("panels").EnumerateArray())
        {
            if (!panel.TryGetProperty("targets", out var targets)) continue;
            foreach (var target in targets.EnumerateArray()) yield return ($"{name}: {panel.GetProperty("title").GetString()}", Filled(target.GetProperty("expr").GetString()!), false);
        }

        foreach (var annotation in json.RootElement.GetProperty("annotations").GetProperty("list").EnumerateArray())
        {
            if (annotation.TryGetProperty("expr", out var expression)) yield return ($"{name}: {annotation.GetProperty("name").GetString()}", Filled(expression.GetString()!), true);
        }
    }

    /// <summary>The operands of an expression's outermost 'or's and comparisons: what must give series also where nothing is wrong.</summary>
    public static IEnumerable<string> Operands(string expression)
    {
        string[] separators = [" or ", " > ", " < ", " >= ", " <= ", " == ", " unless "];
        int depth = 0, start = 0;
        for (int i = 0; i < expression.Length; i++)
        {
            if (expression[i] == '"') i = expression.IndexOf('"', i + 1);
            else if (expression[i] is '(' or '{' or '[') depth++;
            else if (expression[i] is ')' or '}' or ']') depth--;
            if (depth != 0 || separators.FirstOrDefault(s => string.CompareOrdinal(expression, i, s, 0, s.Length) == 0) is not { } separator) continue;
            yield return Operand(expression[start..i]);
            start = i += separator.Length;
            i--;
        }

        yield return Operand(expression[start..]);
    }

    /// <summary>Without the matching clause of a comparison's right side.</summary>
    private static string Operand(string text) => System.Text.RegularExpressions.Regex.Replace(text.Trim(), @"^(on|ignoring) \([^)]*\) (group_left \(\) )?", "");

    private static string Filled(string expression) => expression.Replace("$__rate_interval", "15s", StringComparison.Ordinal).Replace("$__range", "60s", StringComparison.Ordinal)
        .Replace("$dataset", ".*", StringComparison.Ordinal).Replace("$node", ".*", StringComparison.Ordinal).Replace("$silo", ".*", StringComparison.Ordinal);
}
