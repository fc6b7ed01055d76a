namespace HandsOff.Core.Diagnostics;

/// <summary>
/// One process at a time in a run's folder: two that write the same checkpoints would each undo what the other did. The lock is a file
/// that the system lets go of when the process ends, however it ends.
/// </summary>
public sealed class FolderLock : IDisposable
{
    private const string Name = ".lock";

    private readonly FileStream _file;

    private FolderLock(FileStream file) => _file = file;

    /// <summary>Takes the folder, which is made where it is missing. The caller disposes the lock.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="work">What is done there, for the message: "another {work} runs there".</param>
    /// <param name="option">The option that names the folder.</param>
    /// <exception cref="HandsOffException">Another process has it.</exception>
    public static FolderLock Take(string folder, string work, string option)
    {
        Directory.CreateDirectory(folder);
        try
        {
            return new FolderLock(new FileStream(Path.Combine(folder, Name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (File.Exists(Path.Combine(folder, Name)))
        {
            throw new HandsOffException($"{folder}: another {work} runs there; wait for it or give another {option}", inner: e);
        }
    }

    public void Dispose() => _file.Dispose();
}
