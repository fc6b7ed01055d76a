namespace HandsOff.Core.Tests.Checkpoints;

/// <summary>A file of the given bytes, gone at the end.</summary>
internal sealed class TempFile : IDisposable
{
    public TempFile(byte[] bytes) => File.WriteAllBytes(Path, bytes);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "handsoff-" + Guid.NewGuid().ToString("N"));

    public void Dispose() => File.Delete(Path);
}
