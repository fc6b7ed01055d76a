namespace HandsOff.Core.Catalog;

/// <summary>
/// What a dataset of a cluster may be called: a lower-case letter or digit, then at most 99 more of these, dots, dashes and
/// underscores. It is the dataset's folder under the cluster's root, and cannot leave it.
/// </summary>
public static class DatasetName
{
    private const int Longest = 100;

    public static bool IsValid(string? name) =>
        name is { Length: >= 1 and <= Longest } && IsAlphanumeric(name[0]) && name.All(c => IsAlphanumeric(c) || c is '.' or '_' or '-');

    /// <summary>Returns the name, or throws for one that no dataset may have.</summary>
    /// <exception cref="HandsOffException">Exit code 2.</exception>
    public static string Check(string? name) => IsValid(name)
        ? name!
        : throw HandsOffException.Usage($"dataset name '{name}': should be 1 to {Longest} of a-z, 0-9, dot, dash and underscore, a letter or digit first");

    private static bool IsAlphanumeric(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c);
}
