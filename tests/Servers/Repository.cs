namespace HandsOff.Tests.Servers;

/// <summary>Where things are: the repository the tests were built in, and ../shared beside it.</summary>
public static class Repository
{
    /// <summary>The folder that holds HandsOff.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Where eng/install-test-servers.sh puts what is not a system package.</summary>
    public static string Servers => Path.Combine(Root, "artifacts", "servers");

    /// <summary>A path under ../shared, or null where it is not there.</summary>
    public static string? Shared(params string[] parts)
    {
        string path = Path.GetFullPath(Path.Combine([Root, "..", "shared", .. parts]));
        return File.Exists(path) || Directory.Exists(path) ? path : null;
    }

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "HandsOff.sln"))) folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("HandsOff.sln not found above the test's folder");
    }
}
