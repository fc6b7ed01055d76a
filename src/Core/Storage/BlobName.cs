namespace HandsOff.Core.Storage;

/// <summary>What a blob may be called: relative, '/'-separated, and unable to leave the store's folder or prefix.</summary>
internal static class BlobName
{
    public const string TemporaryFolder = ".tmp";

    private const int MaxLength = 900;

    /// <summary>Returns the name, or throws for one that is empty, absolute, climbs, or could not be stored.</summary>
    public static string Check(string name)
    {
        if (string.IsNullOrEmpty(name) || name.Length > MaxLength) throw Bad(name, $"should have 1 to {MaxLength} characters");
        foreach (char c in name)
            if (c < ' ' || c == 127 || c == '\\' || c == ':') throw Bad(name, "should hold no control character, backslash or colon");
        foreach (string part in name.Split('/'))
        {
            if (part.Length == 0) throw Bad(name, "should be relative, its parts separated by single slashes");
            if (part is "." or "..") throw Bad(name, "should not climb out of its folder");
            if (part == TemporaryFolder) throw Bad(name, $"{TemporaryFolder} is the store's own");
        }

        return name;
    }

    /// <summary>Like <see cref="Check"/> for the beginning of names: may be empty or end in a slash.</summary>
    public static string CheckPrefix(string prefix)
    {
        if (prefix.Length > 0) Check(prefix.EndsWith('/') ? prefix + "x" : prefix);
        return prefix;
    }

    /// <summary>Like <see cref="Check"/> for a folder's prefix: empty, or ends in a slash.</summary>
    public static string CheckFolderPrefix(string prefix) => prefix.Length == 0 || prefix.EndsWith('/')
        ? CheckPrefix(prefix)
        : throw Bad(prefix, "should end in a slash");

    private static HandsOffException Bad(string name, string why) => new($"blob name '{name}': {why}");
}
