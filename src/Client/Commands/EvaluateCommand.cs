using System.CommandLine;
using System.Text.Json;
using HandsOff.Core;
using HandsOff.Core.Diagnostics;
using HandsOff.Core.Evaluation;
using HandsOff.Core.Imaging;
using HandsOff.Core.Labeling;
using HandsOff.Core.Labeling.Training;
using HandsOff.Core.Pairs;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff evaluate</c>: a pair's labels on held-out inverted photographs against the photographs' own, or a report on its dataset.</summary>
internal static class EvaluateCommand
{
    /// <summary>Rows of the sheet.</summary>
    private const int SheetRows = 12;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create()
    {
        var name = new Option<string>("--pair") { Description = "A folder, or the name of one under models/", Required = true };
        var inverted = new Option<string?>("--inverted") { Description = "Folder of handsoff invert for the held-out photographs" };
        var data = new Option<string?>("--data") { Description = "The held-out labelled photographs" };
        var alpha = new Option<double>("--alpha") { Description = "A keypoint is right within this share of its box's longer side", DefaultValueFactory = _ => 0.1 };
        var accepted = new Option<bool>("--accepted-only") { Description = "Leave out photographs that the inversion's gate rejected" };
        var sheet = new Option<string?>("--sheet") { Description = "Also write a sheet: photograph, its mask, what was remade, the predicted mask" };
        var device = new Option<string?>("--device") { Description = "cpu or cuda (default cuda when there is one)" };
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var report = new ReportOptions();
        var command = new Command("evaluate", "Measure a pair: with --inverted and --data its labels on inverted held-out photographs; with --labels whether its dataset is worth training on (a report).")
        {
            name, inverted, data, alpha, accepted, sheet, device, json,
        };
        report.AddTo(command);
        command.SetAction((parse, cancel) => Task.Run(
            () =>
            {
                if (report.Asked(parse)) return report.Run(parse, Pair.Load(parse.GetRequiredValue(name)), DeviceChoice.Of(parse.GetValue(device)), parse.GetValue(json), CheckSchema, cancel);
                if (parse.GetValue(inverted) is not { } invertedFolder || parse.GetValue(data) is not { } dataFolder)
                    throw HandsOffException.Usage("evaluate: give --labels DIR --out DIR for a report, or --inverted DIR --data DIR for the labeler's scores");
                double tolerance = parse.GetValue(alpha);
                if (!(tolerance > 0)) throw HandsOffException.Usage($"--alpha {tolerance}: it should be above 0");
                var on = DeviceChoice.Of(parse.GetValue(device));
                var pair = Pair.Load(parse.GetRequiredValue(name));
                var set = LabeledFolder.Open(dataFolder);
                CheckSchema(pair.Manifest.Schema, set);
                using var generator = pair.LoadGenerator(on);
                using var state = pair.LoadLabeler();
                using var labeler = new Labeler(state, on);
                var photographs = InvertedFolder.Load(invertedFolder, set, generator.Config, rejectedToo: !parse.GetValue(accepted), fewest: 1);
                try
                {
                    var tiles = new List<byte[]>();
                    string? path = parse.GetValue(sheet);
                    byte[] palette = MaskPalette.Of(set.Schema.Classes);
                    var size = generator.Config;
                    var scores = LabelerEvaluation.Run(
                        generator, labeler, photographs, on, tolerance,
                        path is null ? null : (photograph, rgb, mask) =>
                        {
                            var own = photograph.Labels;
                            if (tiles.Count >= 4 * SheetRows || (own.Width, own.Height) != (size.Width, size.Height)) return;
                            tiles.AddRange([own.Rgb, Over(own.Rgb, own.Mask, palette), rgb, Over(rgb, mask, palette)]);
                        },
                        cancel);
                    if (tiles.Count > 0) ContactSheet.Write(path!, tiles, size.Width, size.Height, 8, 2);
                    if (parse.GetValue(json)) Console.WriteLine(JsonSerializer.Serialize(scores, Json));
                    else Print(scores);
                }
                finally
                {
                    foreach (var photograph in photographs) photograph.Dispose();
                }

                return 0;
            },
            cancel));
        return command;
    }

    private static void CheckSchema(LabelSchema pair, LabeledFolder data)
    {
        // Either side may lack a kind of label: that kind is then not measured.
        var own = data.Schema;
        bool classes = pair.Classes.Count == 0 || own.Classes.Count == 0 || pair.Classes.Select(c => c.Name).SequenceEqual(own.Classes.Select(c => c.Name));
        bool points = pair.Keypoints.Count == 0 || own.Keypoints.Count == 0 || pair.Keypoints.SequenceEqual(own.Keypoints);
        bool depth = pair.Depth is null || own.Depth is null || pair.Depth.Unit == own.Depth.Unit;
        if (!classes || !points || !depth)
            throw new HandsOffException($"{data.FolderPath}: its classes, keypoints or depth unit are not the pair's; labels of the same schema would be right");
    }

    private static byte[] Over(byte[] rgb, byte[]? mask, byte[] palette)
    {
        if (mask is null) return rgb;
        var mixed = new byte[rgb.Length];
        for (int i = 0; i < rgb.Length; i++) mixed[i] = (byte)((rgb[i] + 2 * palette[3 * mask[i / 3] + i % 3]) / 3);
        return mixed;
    }

    private static void Print(EvaluationReport r)
    {
        Console.WriteLine($"{r.Photographs} photographs");
        if (r.MeanIou is { } iou)
        {
            Console.WriteLine($"  mIoU {iou:0.0000}, pixel accuracy {r.PixelAccuracy:0.0000}");
            Console.WriteLine($"    {string.Join(", ", r.ClassIou!.Select(c => $"{c.Key} {c.Value:0.000}"))}");
        }

        if (r.Pck is { } pck)
        {
            Console.WriteLine($"  PCK@{r.Alpha} {pck:0.0000}, mean error {r.NormalizedMeanError:0.0000} of the box");
            Console.WriteLine($"    {string.Join(", ", r.KeypointPck!.Select(k => $"{k.Key} {k.Value:0.000}"))}");
        }

        if (r.DepthRmse is { } rmse)
            Console.WriteLine($"  depth RMSE {rmse:0.0000} {r.DepthUnit}, relative {r.DepthAbsoluteRelative:0.0000}, within 1.25 {r.DepthWithinQuarter:0.0000}, covered {r.DepthCoverage:0.0000}");
    }
}
