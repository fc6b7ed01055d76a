using HandsOff.Grains.Nodes;
using HandsOff.Silo.Draining;
using HandsOff.Silo.Tests.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace HandsOff.Silo.Tests.Draining;

/// <summary>A machine that will be taken away finishes what it has, and says so.</summary>
[Collection(nameof(WatchedAlone))]
public sealed class NoticeTests
{
    [Fact]
    public async Task The_nodes_drain_while_the_file_is_there_and_work_again_without_it()
    {
        await using var silo = await WatchedSilo.StartAsync(TimeSpan.FromMilliseconds(10), "spot");
        string notice = Path.Combine(silo.Folder, "notice");
        await RunAsync(silo, new NoticeSettings { File = notice, Every = TimeSpan.FromMilliseconds(50) }, async () =>
        {
            await silo.StartAsync("interrupted", shardSize: 20, samples: 100_000);
            await UntilAsync(silo, NodeState.Working);
            await File.WriteAllTextAsync(notice, "", TestContext.Current.CancellationToken);
            await UntilAsync(silo, NodeState.Stopped);
            Assert.Equal(0, (await silo.Dataset("interrupted").Status()).ShardsLeased);
            File.Delete(notice);
            await UntilAsync(silo, NodeState.Working);
        });
    }

    [Fact]
    public async Task A_notice_that_is_withdrawn_leaves_the_nodes_drained_that_an_operator_had_drained()
    {
        await using var silo = await WatchedSilo.StartAsync(TimeSpan.FromMilliseconds(10), "spot");
        string notice = Path.Combine(silo.Folder, "notice");
        var nodes = silo.Services.GetRequiredService<LocalNodes>().All;
        nodes[0].Drain();
        await RunAsync(silo, new NoticeSettings { File = notice, Every = TimeSpan.FromMilliseconds(50) }, async () =>
        {
            await File.WriteAllTextAsync(notice, "", TestContext.Current.CancellationToken);
            await UntilAsync(silo, NodeState.Stopped);
            nodes[0].Resume(); // the notice stands all the same
            nodes[0].Drain();
            File.Delete(notice);
            for (int i = 0; nodes[1].Status.State == NodeState.Stopped; i++)
            {
                Assert.True(i < 1200, "the other one stays drained");
                await Task.Delay(25, TestContext.Current.CancellationToken);
            }
        });
        Assert.Equal(NodeState.Stopped, nodes[0].Status.State);
    }

    [Theory]
    [InlineData("metadata/instance", false)]
    [InlineData("ftp://169.254.169.254/notice", false)]
    [InlineData("http://169.254.169.254/notice", true)]
    public void An_address_that_cannot_be_asked_is_told_at_the_start(string address, bool right)
    {
        var services = new ServiceCollection().AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection([new("HandsOff:Notice:Url", address)]).Build());
        using var provider = services.AddDrainNotice().BuildServiceProvider();
        var read = Record.Exception(() => provider.GetRequiredService<IOptions<NoticeSettings>>().Value);
        if (right) Assert.Null(read);
        else Assert.Contains("should begin with http:// or https://", Assert.IsType<OptionsValidationException>(read).Message);
    }

    [Fact]
    public async Task An_address_gives_notice_by_a_word_in_its_answer()
    {
        await using var silo = await WatchedSilo.StartAsync(TimeSpan.FromMilliseconds(10), "spot");
        var metrics = new Uri(silo.Address, "/metrics"); // any page with words
        await RunAsync(silo, new NoticeSettings { Url = metrics, Contains = "no such word", Every = TimeSpan.FromMilliseconds(50) }, async () =>
        {
            await Task.Delay(500, TestContext.Current.CancellationToken);
            Assert.All(silo.Services.GetRequiredService<LocalNodes>().All, n => Assert.Equal(NodeState.Idle, n.Status.State));
        });
        await RunAsync(silo, new NoticeSettings { Url = metrics, Contains = "HANDSOFF_NODE_STATE", Header = "Metadata: true", Every = TimeSpan.FromMilliseconds(50) }, () => UntilAsync(silo, NodeState.Stopped));
    }

    [Theory]
    [InlineData("""{"DocumentIncarnation":2,"Events":[{"EventId":"A","EventType":"Preempt","ResourceType":"VirtualMachine","Resources":["gpu_3","GPU_7"],"EventStatus":"Scheduled"}]}""", true)]
    [InlineData("""{"DocumentIncarnation":2,"Events":[{"EventId":"A","EventType":"Preempt","ResourceType":"VirtualMachine","Resources":["gpu_3","gpu_70"]}]}""", false)]
    [InlineData("""{"DocumentIncarnation":2,"Events":[{"EventId":"A","EventType":"Reboot","Resources":["gpu_7"]},{"EventId":"B","EventType":"Preempt","Resources":["gpu_3"]}]}""", false)]
    [InlineData("""{"DocumentIncarnation":1,"Events":[]}""", false)]
    [InlineData("""{"DocumentIncarnation":1}""", null)]
    [InlineData("<html>Preempt gpu_7</html>", null)]
    public void Only_an_event_that_names_this_machine_concerns_it(string answer, bool? concerns) => Assert.Equal(concerns, ScheduledEvents.Concern(answer, "Preempt", "gpu_7"));

    [Fact]
    public async Task The_machine_is_told_from_its_neighbours_by_the_name_that_the_cloud_gives_it()
    {
        await using var silo = await WatchedSilo.StartAsync(TimeSpan.FromMilliseconds(10), "spot");
        string resource = "gpu_3";
        await using var cloud = await MetadataService.StartAsync(path => path switch
        {
            "/name" => "gpu_7\n",
            "/events" => $$"""{"Events":[{"EventType":"Preempt","Resources":["{{resource}}"]}]}""",
            _ => throw new ArgumentException(path),
        });
        var settings = new NoticeSettings { Url = new Uri(cloud.Address, "/events"), MachineUrl = new Uri(cloud.Address, "/name"), Contains = "Preempt", Header = "Metadata: true", Every = TimeSpan.FromMilliseconds(50) };
        await RunAsync(silo, settings, async () =>
        {
            await Task.Delay(500, TestContext.Current.CancellationToken);
            Assert.All(silo.Services.GetRequiredService<LocalNodes>().All, n => Assert.Equal(NodeState.Idle, n.Status.State));
            resource = "gpu_7";
            await UntilAsync(silo, NodeState.Stopped);
        });
    }

    private static async Task RunAsync(WatchedSilo silo, NoticeSettings settings, Func<Task> test)
    {
        using var watcher = new NoticeWatcher(silo.Services.GetRequiredService<LocalNodes>(), Options.Create(settings), TimeProvider.System, NullLogger<NoticeWatcher>.Instance);
        await watcher.StartAsync(TestContext.Current.CancellationToken);
        await test();
        await watcher.StopAsync(TestContext.Current.CancellationToken);
    }

    private static async Task UntilAsync(WatchedSilo silo, NodeState state)
    {
        var nodes = silo.Services.GetRequiredService<LocalNodes>();
        for (int i = 0; i < 1200; i++)
        {
            if (nodes.All.All(n => n.Status.State == state)) return;
            await Task.Delay(25);
        }

        Assert.Fail($"the nodes are not {state} after 30 s: {string.Join(", ", nodes.All.Select(n => n.Status.State))}");
    }
}
