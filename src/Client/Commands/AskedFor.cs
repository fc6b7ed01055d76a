using HandsOff.Core.Datasets;

namespace HandsOff.Client.Commands;

/// <summary>A dataset as the command line asks for it, parsed but not yet checked against its pair.</summary>
/// <param name="Pair">Folder of the pair, or its name.</param>
/// <param name="Samples">How many.</param>
/// <param name="Options">What they are like.</param>
/// <param name="Labels">--labels as it was written; null when it was not.</param>
internal sealed record AskedFor(string Pair, long Samples, DatasetOptions Options, string? Labels);
