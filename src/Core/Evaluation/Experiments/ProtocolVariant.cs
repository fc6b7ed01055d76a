using System.Text.Json.Nodes;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>One row of an ablation: what differs from the protocol's settings.</summary>
/// <param name="Name">How tables call it.</param>
/// <param name="Settings">Merged over the protocol's settings, for example {"dataset": {"keep": 0.9}}.</param>
public sealed record ProtocolVariant(string Name, JsonObject Settings);
