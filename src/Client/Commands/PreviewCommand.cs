using System.CommandLine;
using HandsOff.Core;
using HandsOff.Core.Datasets;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff preview</c>: a contact sheet with the labels drawn over.</summary>
internal static class PreviewCommand
{
    private const int Most = 1000;

    public static Command Create()
    {
        var dataset = new DatasetArgument();
        var output = new Option<string>("--out") { Description = "The sheet: a .png or .jpg file", Required = true };
        var count = new Option<int>("--count") { Description = "How many samples", DefaultValueFactory = _ => PreviewSheet.DefaultSamples };
        var first = new Option<long>("--first") { Description = "The first sample's index" };
        var command = new Command("preview", "Draw a contact sheet of a dataset: images with their labels over them.") { output, count, first };
        dataset.AddTo(command, pair: false);
        command.SetAction(async (parse, cancel) =>
        {
            int wanted = parse.GetValue(count);
            long from = parse.GetValue(first);
            string path = parse.GetValue(output)!;
            bool png = path.EndsWith(".png", StringComparison.OrdinalIgnoreCase);
            if (!png && !path.EndsWith(".jpg", StringComparison.OrdinalIgnoreCase)) throw HandsOffException.Usage($"--out {path}: should end in .png or .jpg");
            if (wanted is < 1 or > Most) throw HandsOffException.Usage($"--count {wanted}: should be 1 to {Most}");
            var state = await dataset.OpenAsync(parse, cancel);
            if (from < 0 || from >= state.Samples) throw HandsOffException.Usage($"--first {from}: should be 0 to {state.Samples - 1}");
            var reader = new DatasetReader(state);
            var samples = new List<StoredSample>();
            for (long i = from; i < state.Samples && samples.Count < wanted; i++)
                if (await reader.ReadAsync(i, cancel) is { } sample) samples.Add(sample);
            if (samples.Count == 0) throw new HandsOffException($"{state.Store.Description}: none of the samples from {from} on is committed yet");
            await File.WriteAllBytesAsync(path, png ? PreviewSheet.Png(samples, state.Request) : PreviewSheet.Jpeg(samples, state.Request), cancel);
            Console.WriteLine($"{path}: {samples.Count} samples");
            return 0;
        });
        return command;
    }
}
