using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using HandsOff.Core;
using HandsOff.Grains.Diagnostics;
using HandsOff.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Orleans.Runtime;

namespace HandsOff.Silo.Api;

/// <summary>Server-sent events. Each carries the whole state, so who comes back after a break has missed nothing but steps.</summary>
internal static class EventsApi
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_reconnect = TimeSpan.FromSeconds(2);

    public static void MapEvents(this IEndpointRouteBuilder api)
    {
        api.MapGet("/events", (HttpContext context, ClusterMonitor monitor, EventStreams streams, IHostApplicationLifetime life, CancellationToken cancel) =>
            streams.Serve(context, ClusterAsync(monitor, life, cancel)))
            .RequireAuthorization(Roles.Reader).WithTags("events").WithSummary("Datasets and nodes as server-sent events 'cluster', one a second.");
        api.MapGet("/history", (ClusterMonitor monitor) => TypedResults.Ok(monitor.History))
            .RequireAuthorization(Roles.Reader).WithTags("events").WithSummary("Throughput over the last half hour.");
    }

    /// <summary>One dataset's figures until its end.</summary>
    public static async Task<IResult> DatasetAsync(
        string name, HttpContext context, DatasetService datasets, ClusterMonitor monitor, EventStreams streams, TimeProvider time, IHostApplicationLifetime life, CancellationToken cancel)
    {
        var first = await LookAsync(name, datasets, monitor, cancel);
        if (first is { Phase: Grains.Coordination.DatasetPhase.Opening, Samples: 0 }) first = await DatasetView.OpeningAsync(name, await datasets.StateAsync(name, cancel), cancel);
        string last = context.Request.Headers["Last-Event-ID"].ToString();

        // Who has heard the end already is told to stop coming back.
        return first.Over && last == Id(first) ? TypedResults.NoContent() : streams.Serve(context, FollowAsync(name, first, last, datasets, monitor, time, life, cancel));
    }

    private static async IAsyncEnumerable<SseItem<ClusterView>> ClusterAsync(
        ClusterMonitor monitor, IHostApplicationLifetime life, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, life.ApplicationStopping);
        await foreach (var view in monitor.WatchAsync(stop.Token)) yield return new SseItem<ClusterView>(view, "cluster") { EventId = $"{view.Sequence}", ReconnectionInterval = s_reconnect };
    }

    private static async IAsyncEnumerable<SseItem<DatasetView>> FollowAsync(
        string name, DatasetView view, string last, DatasetService datasets, ClusterMonitor monitor, TimeProvider time, IHostApplicationLifetime life,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, life.ApplicationStopping);
        while (true)
        {
            string id = Id(view);
            if (view.Over)
            {
                yield return new SseItem<DatasetView>(view, "end") { EventId = id };
                yield break;
            }

            if (id != last) yield return new SseItem<DatasetView>(view, "status") { EventId = last = id, ReconnectionInterval = s_reconnect };
            await Task.Delay(s_look, time, stop.Token);
            try
            {
                var now = await LookAsync(name, datasets, monitor, stop.Token);
                view = now is { Phase: Grains.Coordination.DatasetPhase.Opening, Samples: 0 } ? view with { Phase = now.Phase, Over = false } : now; // receipts are being read
            }
            catch (Exception e) when (ClusterTrouble.Is(e, stop.Token) || e is HandsOffException { IsTransient: true })
            {
                // The coordinator is moving to another silo, or the store is silent.
            }
        }
    }

    private static async Task<DatasetView> LookAsync(string name, DatasetService datasets, ClusterMonitor monitor, CancellationToken cancellationToken)
    {
        var status = await datasets.StatusAsync(name, cancellationToken);
        var (rate, left) = monitor.RateOf(name);
        return status.Phase == Grains.Coordination.DatasetPhase.Unknown ? await DatasetView.OfAsync(name, await datasets.StateAsync(name, cancellationToken), cancellationToken) : DatasetView.Of(name, status, rate, left);
    }

    // The state itself, not a count: another silo that takes over gives equal states equal ids.
    private static string Id(DatasetView view) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(view with { Rate = 0, EtaSeconds = null })).AsSpan(0, 8));
}
