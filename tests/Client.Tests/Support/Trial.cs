using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text.Json;
using HandsOff.Core.Pairs;
using HandsOff.Tests.Servers;

namespace HandsOff.Client.Tests.Support;

/// <summary>A small untrained pair and a folder for datasets, shared by the tests of a class.</summary>
public sealed class Trial : IDisposable
{
    public Trial()
    {
        Root = Directory.CreateTempSubdirectory("handsoff-test-").FullName;
        PairFolder = Path.Combine(Root, "pair");
        TrialPair.Create(PairFolder);
    }

    public string Root { get; }

    public string PairFolder { get; }

    /// <summary>A folder name of this trial's own.</summary>
    public string Folder(string name) => Path.Combine(Root, name);

    /// <summary>Arguments of a generate that differ only as given.</summary>
    public string[] Generate(string folder, int samples, params string[] more) =>
        ["generate", "--pair", PairFolder, "--samples", samples.ToString(), "--seed", "7", "--devices", "cpu", "--out", Folder(folder), .. more];

    /// <summary>SHA-256 of every file under shards/, by name.</summary>
    public SortedDictionary<string, string> ShardBytes(string folder)
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Folder(folder), "shards")))
            all[Path.GetFileName(file)] = Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));
        return all;
    }

    /// <summary>Image and label digest of every sample, by key, from the tars.</summary>
    public SortedDictionary<string, string> SampleDigests(string folder)
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Folder(folder), "shards"), "*.tar"))
        {
            using var tar = new TarReader(File.OpenRead(file));
            while (tar.GetNextEntry() is { } entry)
            {
                if (!entry.Name.EndsWith(".json", StringComparison.Ordinal)) continue;
                using var json = JsonDocument.Parse(entry.DataStream!);
                all.Add(json.RootElement.GetProperty("key").GetString()!, $"{json.RootElement.GetProperty("image_sha256")} {json.RootElement.GetProperty("labels_sha256")}");
            }
        }

        return all;
    }

    public int Receipts(string folder)
    {
        string path = Path.Combine(Folder(folder), "receipts");
        return Directory.Exists(path) ? Directory.EnumerateFiles(path, "*.json").Count() : 0;
    }

    /// <summary>Runs the independent checker over the dataset.</summary>
    public Task CheckAsync(string folder, int samples, string? against = null)
    {
        if (DatasetChecker.Missing is { } missing) TestContext.Current.AddWarning(missing);
        return DatasetChecker.RequireFaultlessAsync(Folder(folder), samples, against is null ? null : Folder(against));
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
