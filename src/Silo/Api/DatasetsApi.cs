using System.Text.Json.Nodes;
using HandsOff.Core;
using HandsOff.Core.Datasets;
using HandsOff.Grains.Coordination;
using HandsOff.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace HandsOff.Silo.Api;

/// <summary>Datasets: submit, look at, control.</summary>
internal static class DatasetsApi
{
    // Tables read for the class shares and the histogram: enough for both, quick on any store.
    private const int SurveyShards = 8;

    public static void MapDatasets(this IEndpointRouteBuilder api, SampleSource source)
    {
        var all = api.MapGroup("/datasets").RequireAuthorization(Roles.Reader).WithTags("datasets");
        all.MapGet("/", async (ClusterMonitor monitor, CancellationToken cancel) => TypedResults.Ok((await monitor.LookedAtAsync(cancel)).Datasets)).WithSummary("All datasets, as they were seen at most a second ago.");
        all.MapPost("/", SubmitAsync).RequireAuthorization(Roles.Writer).WithSummary("Submits a dataset; said again, it goes on with the same one.").ProducesProblem(400).ProducesProblem(409);
        all.MapPost("/estimate", async (Submission submission, EstimateService estimates, CancellationToken cancel) => TypedResults.Ok(await estimates.OfAsync(submission, cancel)))
            .RequireAuthorization(Roles.Writer).WithSummary("What a submission would take in time and bytes; makes a micro-batch to find out, stores nothing.").ProducesProblem(400);

        var one = all.MapGroup("/{name}").ProducesProblem(404);
        one.MapGet("/", GetAsync).WithSummary("A dataset's figures, request and files.");
        one.MapGet("/survey", async (string name, DatasetService datasets, CancellationToken cancel) =>
            TypedResults.Ok(await DatasetSurvey.ReadAsync(await datasets.StateAsync(name, cancel), SurveyShards, cancel))).WithSummary("Class shares and uncertainty over some committed shards.");
        Control(one, "/pause", "Begins no further shard.", d => d.Pause());
        Control(one, "/resume", "Goes on after a pause, a stop or a failure.", d => d.Resume());
        Control(one, "/cancel", "Gives the dataset up for good; what is committed stays.", d => d.Cancel());
        one.MapPost("/extend", async (string name, ExtendRequest wanted, DatasetService datasets, ClusterMonitor monitor, CancellationToken cancel) =>
            View(name, await datasets.ExtendAsync(name, wanted.Samples, cancel), monitor)).RequireAuthorization(Roles.Writer).WithSummary("Asks for more samples of the same.").ProducesProblem(409);
        one.MapPatch("/", ShareAsync).RequireAuthorization(Roles.Writer).WithSummary("Changes the dataset's weight and priority.").ProducesProblem(400);
        one.MapGet("/events", EventsApi.DatasetAsync).WithTags("events").WithSummary("The figures as server-sent events until the end: 'status' when they change, 'end' once.");
        one.MapGet("/files/{**path}", FileAsync).WithSummary("A file of the dataset (manifest.json, shards/...); ranges are served.").Produces<byte[]>(200, "application/octet-stream");
        one.MapDatasetSamples(source);
    }

    private static void Control(RouteGroupBuilder one, string path, string summary, Func<IDatasetCoordinatorGrain, Task<DatasetStatus>> command) =>
        one.MapPost(path, async (string name, DatasetService datasets, ClusterMonitor monitor, CancellationToken cancel) =>
            View(name, await datasets.ControlAsync(name, command, cancel), monitor)).RequireAuthorization(Roles.Writer).WithSummary(summary).ProducesProblem(409);

    private static Ok<DatasetView> View(string name, DatasetStatus status, ClusterMonitor monitor)
    {
        var (rate, left) = monitor.RateOf(name);
        return TypedResults.Ok(DatasetView.Of(name, status, rate, left));
    }

    private static async Task<Accepted<DatasetView>> SubmitAsync(Submission submission, DatasetService datasets, CancellationToken cancel)
    {
        var status = await datasets.SubmitAsync(submission, cancel);
        return TypedResults.Accepted($"{HandsOffWeb.ApiPath}/datasets/{submission.Name}", DatasetView.Of(submission.Name, status, 0, null));
    }

    private static async Task<Ok<DatasetDetails>> GetAsync(string name, DatasetService datasets, ClusterMonitor monitor, CancellationToken cancel)
    {
        var state = await datasets.StateAsync(name, cancel);
        var (rate, left) = monitor.RateOf(name);
        var status = await datasets.StatusAsync(name, cancel);
        var view = status switch
        {
            { Phase: DatasetPhase.Unknown } => await DatasetView.OfAsync(name, state, cancel),
            { Phase: DatasetPhase.Opening, Samples: 0 } => await DatasetView.OpeningAsync(name, state, cancel),
            _ => DatasetView.Of(name, status, rate, left),
        };
        var files = new List<string>();
        foreach (string file in (string[])[DatasetBlobs.Request, DatasetBlobs.Manifest, DatasetBlobs.Card, DatasetBlobs.Preview])
            if (await state.Store.StatAsync(file, cancel) is not null) files.Add(file);
        return TypedResults.Ok(new DatasetDetails(view, state.Store.Description, state.RequestSha256, JsonNode.Parse(state.Request.ToJson())!, files));
    }

    private static async Task<Ok<DatasetView>> ShareAsync(string name, ShareRequest share, DatasetService datasets, ClusterMonitor monitor, CancellationToken cancel)
    {
        if (share is { Weight: null, Priority: null }) throw HandsOffException.Usage("nothing to change: weight, priority or both would be right");
        var now = await datasets.StatusAsync(name, cancel);
        return View(name, await datasets.ControlAsync(name, d => d.Reprioritise(share.Weight ?? now.Weight, share.Priority ?? now.Priority), cancel), monitor);
    }

    private static async Task<FileStreamHttpResult> FileAsync(string name, string path, DatasetService datasets, CancellationToken cancel)
    {
        var state = await datasets.StateAsync(name, cancel);
        bool known = path is DatasetBlobs.Request or DatasetBlobs.Target or DatasetBlobs.Manifest or DatasetBlobs.Card or DatasetBlobs.Preview
            || path.StartsWith(DatasetBlobs.Shards, StringComparison.Ordinal) || path.StartsWith(DatasetBlobs.Receipts, StringComparison.Ordinal);
        var properties = known && !path.Contains("..", StringComparison.Ordinal) ? await state.Store.StatAsync(path, cancel) : null;
        var stream = properties is null ? null : await state.Store.OpenReadAsync(path, cancel);
        if (stream is null) throw new NotFoundException($"file '{path}': dataset '{name}' has none of this name");
        string type = Path.GetExtension(path) switch { ".json" => "application/json", ".md" => "text/plain; charset=utf-8", ".jpg" => "image/jpeg", ".tar" => "application/x-tar", _ => "application/octet-stream" };
        string tag = properties!.ETag.Trim('"').Replace("\"", "", StringComparison.Ordinal);
        return TypedResults.Stream(stream, type, entityTag: new($"\"{tag}\""), enableRangeProcessing: true);
    }
}
