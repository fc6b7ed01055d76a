using System.CommandLine;
using HandsOff.Core.Evaluation;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff lpips install</c>: says where the LPIPS weights come from, checks them and puts them in place.</summary>
internal static class LpipsCommand
{
    public static Command Create()
    {
        var from = new Option<string?>("--from") { Description = $"A complete file, or a folder with {LpipsInstaller.Accepted}" };
        var install = new Command("install", $"Install the LPIPS v0.1 weights: {LpipsWeights.Origin}.") { from };
        install.SetAction(parse => Install(parse.GetValue(from)));
        return new Command("lpips", "The perceptual distance's weights, which are not part of this project.") { install };
    }

    private static int Install(string? from)
    {
        if (from is null)
        {
            Console.WriteLine($"The weights come from {LpipsWeights.Origin}.");
            Console.WriteLine($"Accepted: {LpipsInstaller.Accepted}.");
            foreach (var net in Enum.GetValues<LpipsNet>())
            {
                string path = Path.Combine(LpipsWeights.InstallFolder, LpipsWeights.FileName(net));
                string digest = LpipsWeights.PublishedDigest(net) is { } d ? $"SHA-256 of the tensors {d}" : "checked by names and shapes";
                Console.WriteLine($"  {LpipsWeights.NameOf(net),-8} {(File.Exists(path) ? "installed" : "missing"),-10} {path} ({digest})");
            }

            Console.WriteLine("Install with: handsoff lpips install --from FILE|FOLDER");
            return 0;
        }

        foreach (var (net, path, known) in LpipsInstaller.Install(from, LpipsWeights.InstallFolder))
            Console.WriteLine($"{LpipsWeights.NameOf(net)}: {path} ({(known ? "SHA-256 agrees with the published weights" : "names, shapes and values checked; no digest is known for this net")})");
        return 0;
    }
}
