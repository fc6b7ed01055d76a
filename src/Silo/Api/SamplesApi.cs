using HandsOff.Core.Datasets;
using HandsOff.Core.Labeling;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace HandsOff.Silo.Api;

/// <summary>Single samples of a dataset or of a virtual one, whether stored or not.</summary>
internal static class SamplesApi
{
    private delegate Task<(StoredSample Sample, DatasetRequest Request, bool Stored)> Find(HttpContext context, long index, CancellationToken cancel);

    /// <summary>Samples under <c>/datasets/{name}</c>.</summary>
    public static void MapDatasetSamples(this IEndpointRouteBuilder dataset, SampleSource source) => Map(
        dataset, forEver: false, (context, cancel) => source.SamplesAsync((string)context.Request.RouteValues["name"]!, cancel), (context, index, cancel) => source.DatasetAsync((string)context.Request.RouteValues["name"]!, index, context.Request.Query["source"] == "made", cancel));

    /// <summary>Samples under <c>/virtual/{token}</c>.</summary>
    public static void MapVirtualSamples(this IEndpointRouteBuilder dataset, SampleSource source) => Map(
        dataset, forEver: true, (_, _) => Task.FromResult(long.MaxValue), (context, index, cancel) => source.VirtualAsync((string)context.Request.RouteValues["token"]!, index, cancel));

    private static void Map(IEndpointRouteBuilder dataset, bool forEver, Func<HttpContext, CancellationToken, Task<long>> samples, Find find)
    {
        var sample = dataset.MapGroup("/samples/{index:long}").WithTags("samples");
        foreach (var (path, part, summary) in new[]
        {
            ("", SamplePart.Json, "A sample's metadata: digests, attempt, uncertainty, keypoints."),
            ("/image", SamplePart.Image, "A sample's image."),
            ("/segmentation", SamplePart.Segmentation, "A sample's class ids: an 8-bit palette PNG, 255 is ignored."),
            ("/depth", SamplePart.Depth, "A sample's depth: a 16-bit PNG, 0 is invalid."),
        })
        {
            sample.MapGet(path, async (long index, HttpContext context, CancellationToken cancel) =>
            {
                var (found, request, stored) = await find(context, index, cancel);
                var (bytes, type) = SampleAnswers.Part(found, request, part);
                return SampleAnswers.Bytes(context, bytes, type, forEver, stored);
            }).WithSummary(summary).Produces<byte[]>(StatusCodes.Status200OK, part == SamplePart.Json ? "application/json" : "image/png").ProducesProblem(StatusCodes.Status404NotFound);
        }

        sample.MapGet("/overlay", async (long index, string? parts, int? scale, HttpContext context, CancellationToken cancel) =>
        {
            var (found, request, stored) = await find(context, index, cancel);
            var drawn = parts is null ? request.Labels : parts.Length == 0 ? LabelKinds.None : DatasetOptions.ParseLabels(parts);
            return SampleAnswers.Bytes(context, SampleOverlay.Png(found, request, drawn, scale ?? 1), "image/png", forEver, stored);
        }).WithSummary("A sample's image with its labels drawn over: parts=seg,keypoints,depth (default: all), scale=1 to 16.")
            .Produces<byte[]>(StatusCodes.Status200OK, "image/png").ProducesProblem(StatusCodes.Status404NotFound);

        dataset.MapGet("/samples.tar", async (long first, int count, HttpContext context, IOptions<WebOptions> options, CancellationToken cancel) =>
        {
            SampleAnswers.CheckRange(first, count, await samples(context, cancel), options.Value);
            await SampleAnswers.TarAsync(context, first, count, async (index, stop) => (await find(context, index, stop)).Sample);
        }).WithTags("samples").WithSummary("Samples in a row as a WebDataset tar.").Produces<byte[]>(StatusCodes.Status200OK, "application/x-tar");
    }
}
