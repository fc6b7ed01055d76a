namespace HandsOff.Cluster.Tests.Support;

/// <summary>A temporary folder of a test's own: gone after a passed test, kept (with logs) after a failed one.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("handsoff-cluster-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"kept: {Path}");
            return;
        }

        Directory.Delete(Path, recursive: true);
    }
}
