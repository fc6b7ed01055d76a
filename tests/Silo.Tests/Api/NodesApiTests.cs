using System.Net;
using HandsOff.Silo.Tests.Support;

namespace HandsOff.Silo.Tests.Api;

public sealed class NodesApiTests
{
    [Fact]
    public async Task An_operator_drains_a_node_and_the_silo_is_no_longer_ready_but_alive()
    {
        await using var silo = await TestSilo.StartAsync();
        using var writer = await silo.ClientAsync("writer");
        using var ops = await silo.ClientAsync("operator");
        using var refused = await writer.PostAsync("/api/v1/nodes/silo-a/cpu:0/drain", null);
        Assert.Equal(HttpStatusCode.Forbidden, (await refused.ProblemAsync()).Status);
        await ops.UntilNodeAsync("idle");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(ops, "ready"));
        (await ops.PostAsync("/api/v1/nodes/silo-a/cpu:0/drain", null)).EnsureSuccessStatusCode();
        await ops.UntilNodeAsync("stopped");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK, HttpStatusCode.OK), (await StatusAsync(ops, "ready"), await StatusAsync(ops, "live"), await StatusAsync(ops, "startup")));
        (await ops.PostAsync("/api/v1/nodes/silo-a/cpu:0/resume", null)).EnsureSuccessStatusCode();
        await ops.UntilNodeAsync("idle");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(ops, "ready"));
        using var nobody = await ops.PostAsync("/api/v1/nodes/silo-b/cpu:0/drain", null);
        Assert.Equal(HttpStatusCode.NotFound, (await nobody.ProblemAsync()).Status);
    }

    [Fact]
    public async Task Orleans_dashboard_counts_the_silo()
    {
        await using var silo = await TestSilo.StartAsync();
        using var ops = await silo.ClientAsync("operator");
        string counters = "";
        for (int i = 0; i < 300; i++)
        {
            counters = (await ops.JsonAsync("/orleans/DashboardCounters")).ToJsonString();
            if (counters.Contains("\"totalActiveHostCount\":1", StringComparison.Ordinal)) return;
            await Task.Delay(100);
        }

        Assert.Fail(counters[..Math.Min(2000, counters.Length)]);
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string probe) => (await client.GetAsync($"/health/{probe}")).StatusCode;
}
