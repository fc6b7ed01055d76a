using HandsOff.Core;
using HandsOff.Core.Datasets;
using HandsOff.Grains.Nodes;
using HandsOff.Silo.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace HandsOff.Silo.Tests.Api;

/// <summary>What a silo without devices gets from one that has them: over the wire, so serialized.</summary>
public sealed class TravelTests(SiloFixture fixture) : IClassFixture<SiloFixture>
{
    [Fact]
    public async Task A_sample_and_a_trial_travel_between_silos_unchanged()
    {
        var request = PairRequest();
        var node = fixture.Silo.Services.GetRequiredService<IGrainFactory>().GetGrain<IGpuNodeGrain>("silo-a/cpu:0");
        string json = System.Text.Encoding.UTF8.GetString(request.ToJson());
        var sample = await node.Sample(json, 12345);
        var here = await fixture.Silo.Services.GetRequiredService<ISampleService>().MakeAsync(request, 12345, CancellationToken.None);
        Assert.Equal(here.Members.Keys.Order(), Wired(sample).Members.Keys.Order());
        foreach (var (extension, bytes) in here.Members) Assert.Equal(bytes, Wired(sample).ToSample(request, 12345).Members[extension]);
        var trial = await node.Try(json);
        Assert.Equal(trial, Wired(trial));
    }

    [Fact]
    public void A_failure_that_the_user_can_mend_keeps_its_line_and_its_exit_code()
    {
        foreach (var e in new[] { HandsOffException.Usage("pair 'x': wrong"), new HandsOffException("disk full", inner: new IOException("no space")), new HandsOffException("the store is silent") { IsTransient = true } })
        {
            var there = Assert.IsType<HandsOffException>(Wired<Exception>(e));
            Assert.Equal((e.Message, e.ExitCode, e.IsTransient), (there.Message, there.ExitCode, there.IsTransient));
        }

        Assert.Equal("busy", Assert.IsType<NodesBusyException>(Wired<Exception>(new NodesBusyException("busy"))).Message);
    }

    private DatasetRequest PairRequest()
    {
        var pair = fixture.Silo.Pair;
        return DatasetRequest.Create(new DatasetOptions { Seed = 9 }, 100, new PairReference(pair.Name, pair.Digest, pair.Manifest.License), pair.Manifest.Schema, pair.Manifest.Generator.Width, pair.Manifest.Generator.Height, _ => null);
    }

    private T Wired<T>(T value)
    {
        var serializer = fixture.Silo.Services.GetRequiredService<Serializer>();
        return serializer.Deserialize<T>(serializer.SerializeToArray(value))!;
    }
}
