using System.CommandLine;
using HandsOff.Core.Diagnostics;
using HandsOff.Core.Scenes;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff scenes render</c>: the built-in procedural domain with exact labels.</summary>
internal static class ScenesCommand
{
    public static Command Create()
    {
        var count = new Option<int>("--count") { Description = "How many scenes", Required = true };
        var output = new Option<string>("--out") { Description = "New folder (or file, with --zip)", Required = true };
        var seed = new Option<ulong>("--seed") { Description = "Seed of the scenes", DefaultValueFactory = _ => 1 };
        var size = new Option<int>("--size") { Description = "Pixels a side", DefaultValueFactory = _ => 64 };
        var first = new Option<long>("--first") { Description = "Index of the first scene", DefaultValueFactory = _ => 0 };
        var threads = new Option<int>("--threads") { Description = "Threads", DefaultValueFactory = _ => Environment.ProcessorCount };
        var imagesOnly = new Option<bool>("--images-only") { Description = "No labels: for generator training" };
        var zip = new Option<bool>("--zip") { Description = "One zip of images instead of a folder (with --images-only)" };
        var render = new Command("render", "Render stylised heads with masks, keypoints and depth.") { count, output, seed, size, first, threads, imagesOnly, zip };
        render.SetAction((parse, cancel) =>
        {
            var request = new SceneRequest
            {
                Count = parse.GetValue(count),
                Out = parse.GetRequiredValue(output),
                Seed = parse.GetValue(seed),
                Size = parse.GetValue(size),
                First = parse.GetValue(first),
                Threads = parse.GetValue(threads),
                ImagesOnly = parse.GetValue(imagesOnly),
                Zip = parse.GetValue(zip),
            };
            SceneWriter.Write(request, new ProgressLine(Console.WriteLine, "scenes", request.Count).From<int>(done => (done, null)), cancel);
            Console.WriteLine($"{request.Count} scenes of seed {request.Seed} at {request.Size} px in {request.Out}");
            return Task.FromResult(0);
        });
        return new Command("scenes", "A procedural domain with exact labels, to try everything without data.") { render };
    }
}
