using HandsOff.Tests.Servers;

namespace HandsOff.Core.Tests;

/// <summary>Finds ../shared beside the repository and the vectors under tests/; skips with the reason where shared is absent.</summary>
internal static class SharedData
{
    public static string RepositoryRoot => Repository.Root;

    public static string Root => Path.GetFullPath(Path.Combine(RepositoryRoot, "..", "shared"));

    /// <summary>A path under ../shared; the calling test is reported as skipped when it does not exist.</summary>
    public static string Require(params string[] parts)
    {
        string path = Path.Combine([Root, .. parts]);
        Assert.SkipUnless(File.Exists(path) || Directory.Exists(path), $"needs ../shared/{string.Join('/', parts)}, which is not on this machine");
        return path;
    }

    /// <summary>A file of tests/Core.Tests/Reference (committed).</summary>
    public static string Reference(string name) => Path.Combine(RepositoryRoot, "tests", "Core.Tests", "Reference", name);
}
