namespace HandsOff.Silo.Clustering;

/// <summary>
/// Ports that silos of this machine have chosen but may not listen on yet. Silos started at the same moment would find the same port free; and since
/// Orleans' listeners share a port without complaint, both would be one address to the cluster, which declares the first of them dead.
/// </summary>
internal static class PortReservation
{
    // A user's own: the file stays when its holder ends, and another user's could not be opened again. Held until the process ends, however it ends.
    private static readonly List<FileStream> s_held = [];

    /// <summary>Takes the port for this process; false when another silo has it.</summary>
    public static bool TryTake(int port)
    {
        try
        {
            var file = new FileStream(Path.Combine(Path.GetTempPath(), $"handsoff-{Environment.UserName}-port-{port}.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
            lock (s_held) s_held.Add(file);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // locked by its holder
        }
    }
}
