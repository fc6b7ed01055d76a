using HandsOff.Grains.Nodes;

namespace HandsOff.Grains.Tests.Fakes;

internal sealed class FakeDevices(FakeStore store, FakeWork work) : INodeDevices
{
    public IReadOnlyList<string> Names => ["cpu:0", "cpu:1"];

    public IShardRunner CreateRunner(string device) => new FakeRunner(store, work, device);
}
