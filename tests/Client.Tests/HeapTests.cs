using HandsOff.Client.Tests.Support;
using HandsOff.Core.Tensors;

namespace HandsOff.Client.Tests;

public sealed class HeapTests
{
    [Fact]
    public async Task The_program_begins_again_with_memory_kept_and_its_arguments_unchanged()
    {
        using var trial = new Trial();
        string folder = Path.Combine(trial.Root, "a folder, ü");
        using var process = Cli.Start("scenes", "render", "--count", "100000", "--out", folder);
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            patience.CancelAfter(TimeSpan.FromMinutes(2));
            while (!Directory.EnumerateDirectories(trial.Root, "a folder, ü*").Any()) await Task.Delay(20, patience.Token);
            // glibc 2.36 cuts the variable at its colons, in place, while it reads it.
            Assert.Contains($"GLIBC_TUNABLES={NativeHeap.Tunables.Split(':')[0]}", await File.ReadAllTextAsync($"/proc/{process.Id}/environ", patience.Token));
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }
}
