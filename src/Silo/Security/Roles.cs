namespace HandsOff.Silo.Security;

/// <summary>Who may do what. Each role includes the ones before it; the policies have the same names.</summary>
public static class Roles
{
    /// <summary>Sees datasets, nodes, pairs and samples.</summary>
    public const string Reader = "reader";

    /// <summary>Submits and controls datasets.</summary>
    public const string Writer = "writer";

    /// <summary>Drains nodes, sees the cluster's insides.</summary>
    public const string Operator = "operator";

    /// <summary>From the least to the most.</summary>
    public static readonly IReadOnlyList<string> All = [Reader, Writer, Operator];

    /// <summary>The roles that suffice where <paramref name="role"/> is asked for.</summary>
    internal static IEnumerable<string> AtLeast(string role) => All.SkipWhile(r => r != role);
}
