using System.CommandLine;
using HandsOff.Core;
using HandsOff.Core.Datasets;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff sample</c>: makes one sample again, alone, and compares it with the dataset's.</summary>
internal static class SampleCommand
{
    public static Command Create()
    {
        var dataset = new DatasetArgument();
        var index = new Option<long>("--index") { Description = "Which sample", Required = true };
        var output = new Option<string>("--out") { Description = "Folder for its files", Required = true };
        var command = new Command("sample", "Make one sample of a dataset again, alone, from the pair and the request.") { index, output, dataset.Json };
        dataset.AddTo(command, pair: true);
        command.SetAction(async (parse, cancel) =>
        {
            var onCluster = await dataset.ConnectAsync(parse, cancel);
            await using var client = onCluster?.Client;
            var state = await dataset.OpenAsync(parse, cancel);
            long wanted = parse.GetValue(index);
            if (wanted < 0 || wanted >= state.Samples) throw HandsOffException.Usage($"--index {wanted}: should be 0 to {state.Samples - 1}");
            using var engine = client is null ? await dataset.OpenEngineAsync(parse, state, cancel) : null;
            var files = engine is not null ? SampleMaker.Files(engine, state.Request, wanted) : (await client!.MakeSampleAsync(onCluster!.Value.Name, wanted, cancel)).Files();
            string folder = Directory.CreateDirectory(parse.GetValue(output)!).FullName;
            foreach (var (name, bytes) in files) await File.WriteAllBytesAsync(Path.Combine(folder, name), bytes, cancel);

            var stored = await new DatasetReader(state).ReadAsync(wanted, cancel);
            string[] different = stored is null ? [] : [.. files.Where(f => !stored.Members[f.Name[(f.Name.IndexOf('.', StringComparison.Ordinal) + 1)..]].AsSpan().SequenceEqual(f.Bytes)).Select(f => f.Name)];
            string verdict = stored is null ? "not committed in the dataset yet" : different.Length == 0 ? "equal to the dataset's" : $"not equal to the dataset's: {string.Join(", ", different)}";
            if (parse.GetValue(dataset.Json)) JsonOutput.Print(new { Index = wanted, Folder = folder, Files = files.Select(f => f.Name), Committed = stored is not null, Different = different });
            else Console.WriteLine($"{folder}: {string.Join(", ", files.Select(f => f.Name))}: {verdict}");
            return different.Length == 0 ? 0 : HandsOffException.Failed;
        });
        return command;
    }
}
