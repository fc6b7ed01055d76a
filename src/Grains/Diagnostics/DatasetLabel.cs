namespace HandsOff.Grains.Diagnostics;

/// <summary>What instruments call a dataset.</summary>
internal static class DatasetLabel
{
    /// <summary>The last part of the store's name: <c>cats</c> of <c>az:data/cats</c>.</summary>
    public static string Of(string dataset) => dataset.TrimEnd('/').Split('/', ':')[^1] is { Length: > 0 } name ? name : "dataset";
}
