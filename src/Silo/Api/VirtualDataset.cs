using System.Text.Json.Nodes;

namespace HandsOff.Silo.Api;

/// <summary>A dataset of which nothing is stored: its address says everything.</summary>
/// <param name="Token">The request, encoded; part of its samples' addresses.</param>
/// <param name="RequestSha256">Names its content.</param>
/// <param name="Request">The request as a stored dataset would have it.</param>
/// <param name="Samples">Address of its samples; put <c>/INDEX</c> behind it.</param>
public sealed record VirtualDataset(string Token, string RequestSha256, JsonNode Request, string Samples);
