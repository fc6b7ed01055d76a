using System.CommandLine;
using HandsOff.Core.Pairs;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff pair inspect</c>: loads and checks a pair and says what it is.</summary>
internal static class PairInspectCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("pair") { Description = "A folder, or the name of one under models/" };
        var json = new Option<bool>("--json") { Description = "Print pair.json" };
        var command = new Command("inspect", "Check a pair (digests, shapes, weights) and say what it is.") { name, json };
        command.SetAction(parse =>
        {
            var pair = Pair.Load(parse.GetValue(name)!);
            using (pair.LoadGenerator())
            using (pair.LoadLabeler())
            {
            }

            if (parse.GetValue(json)) Console.Write(System.Text.Encoding.UTF8.GetString(pair.Manifest.ToJson()));
            else Print(pair);
            return 0;
        });
        return command;
    }

    private static void Print(Pair pair)
    {
        var m = pair.Manifest;
        Console.WriteLine($"{m.Name}  {m.Digest}");
        Console.WriteLine($"  folder      {pair.Folder}");
        Console.WriteLine($"  generator   StyleGAN2 {m.Generator.Width}x{m.Generator.Height}, z {m.Generator.ZDim}, w {m.Generator.WDim}, base {m.Generator.ChannelBase}, max {m.Generator.ChannelMax}");
        Console.WriteLine($"  labeler     {m.Labeler.Members} members on {m.Labeler.Features} features: {string.Join(", ", m.Labeler.Heads.Select(h => $"{h.Kind.ToString().ToLowerInvariant()} [{h.Hidden1}, {h.Hidden2}]"))}");
        if (m.Schema.Classes.Count > 0) Console.WriteLine($"  classes     {string.Join(", ", m.Schema.Classes.Select(c => c.Name))}");
        if (m.Schema.Keypoints.Count > 0) Console.WriteLine($"  keypoints   {string.Join(", ", m.Schema.Keypoints)}");
        if (m.Schema.Depth is { } depth) Console.WriteLine($"  depth       {depth.Min} to {depth.Max} {depth.Unit}, stored times {depth.Scale}");
        var c = m.Calibration;
        Console.WriteLine($"  calibration {c.Samples} samples at truncation {c.Truncation}, seed {c.Seed}: image score median {c.ThresholdFor(0.5):0.0000}, 90 % {c.ThresholdFor(0.9):0.0000}");
        if (m.Inversion is { } i) Console.WriteLine($"  inversion   {i.Accepted} of {i.Photographs} photographs, {i.Measure} {i.MeanLpips:0.000}, MSE {i.MeanMse:0.0000}");
        foreach (var (metric, value) in m.Metrics) Console.WriteLine($"  {metric,-11} {value:0.####}");
        Console.WriteLine($"  licence     {m.License}{(m.Terms is null ? "" : $" ({m.Terms})")}");
        Console.WriteLine($"  provenance  {m.Provenance}");
        foreach (var f in m.Files) Console.WriteLine($"  {f.Bytes,11:N0}  {f.Name}");
    }
}
