using System.Text.Json;
using HandsOff.Core;
using HandsOff.Core.Pairs;

namespace HandsOff.Client.Commands;

/// <summary>Reads inversion.json of <c>handsoff invert</c> down to its summary.</summary>
internal static class InversionReportReader
{
    /// <exception cref="HandsOffException">Missing, or not a report.</exception>
    public static InversionSummary Read(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = json.RootElement;
            var images = root.ValueKind == JsonValueKind.Array ? root : root.GetProperty("images");
            var all = images.EnumerateArray().Select(i => (Accepted: i.GetProperty("accepted").GetBoolean(), Lpips: i.GetProperty("lpips").GetDouble(), Mse: i.GetProperty("mse").GetDouble())).ToList();
            var accepted = all.Where(i => i.Accepted).ToList();
            return new InversionSummary(all.Count, accepted.Count, accepted.Select(i => i.Lpips).DefaultIfEmpty().Average(), accepted.Select(i => i.Mse).DefaultIfEmpty().Average());
        }
        catch (Exception e) when (e is IOException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new HandsOffException($"{path}: not an inversion report of 'handsoff invert': {e.Message}", inner: e);
        }
    }
}
