using System.Text.Json.Nodes;

namespace HandsOff.Silo.Api;

/// <summary>A dataset's figures and what it holds.</summary>
/// <param name="Status">The figures.</param>
/// <param name="Store">Where it lies.</param>
/// <param name="RequestSha256">Names its content.</param>
/// <param name="Request">The request as it is stored.</param>
/// <param name="Files">Addresses of the files that are there, relative to the dataset's.</param>
public sealed record DatasetDetails(DatasetView Status, string Store, string RequestSha256, JsonNode Request, IReadOnlyList<string> Files);
