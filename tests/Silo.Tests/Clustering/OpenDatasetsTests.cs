using System.Reflection;
using System.Runtime.CompilerServices;
using HandsOff.Core.Catalog;
using HandsOff.Core.Storage;
using HandsOff.Silo.Clustering;
using HandsOff.Silo.Settings;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace HandsOff.Silo.Tests.Clustering;

public sealed class OpenDatasetsTests
{
    [Fact]
    public async Task A_store_that_fails_in_whatever_way_is_read_again()
    {
        var store = DispatchProxy.Create<IBlobStore, BrokenStore>();
        var time = new FakeTimeProvider();
        using var open = new OpenDatasets(new DatasetCatalog(store), new SiloSettings { Name = "s", Devices = [], Store = "/data", Redis = "", Cache = "" }, DispatchProxy.Create<IGrainFactory, BrokenStore>(), time, NullLogger<OpenDatasets>.Instance);
        await open.StartAsync(TestContext.Current.CancellationToken);
        for (int i = 0; ((BrokenStore)(object)store).Listed < 3; i++)
        {
            Assert.True(i < 3000 && open.ExecuteTask is { IsCompleted: false }, "it gave up");
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        await open.StopAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Fails as a network file system that went away.</summary>
    public class BrokenStore : DispatchProxy
    {
        private int _listed;

        public int Listed => Volatile.Read(ref _listed);

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            Interlocked.Increment(ref _listed);
            return ListAsync();
        }

        private static async IAsyncEnumerable<BlobEntry> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            if (!cancellationToken.IsCancellationRequested) throw new IOException("Stale file handle");
            yield break;
        }
    }
}
