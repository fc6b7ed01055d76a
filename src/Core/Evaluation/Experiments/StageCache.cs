using System.Text.Json;
using HandsOff.Core.Diagnostics;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>
/// Results of stages on disk, by what went into them: <c>stages/KIND-DIGEST/</c>, finished when it holds <c>stage.json</c>.
/// A stage that was killed is begun again, or goes on where it can (its own folder is kept). One process at a time.
/// </summary>
internal sealed class StageCache : IDisposable
{
    private const string Marker = "stage.json";
    private readonly string _root;
    private readonly TimeProvider _time;
    private readonly Action<string>? _log;
    private readonly FolderLock _lock;
    private readonly Dictionary<string, (string Kind, double Seconds)> _used = new(StringComparer.Ordinal);

    /// <param name="folder">Holds the stages.</param>
    /// <param name="time">Clock.</param>
    /// <param name="log">Told what is being made.</param>
    /// <param name="work">What is done there and the option that names the folder, for the message when another process has it.</param>
    /// <param name="option">That option.</param>
    /// <exception cref="HandsOffException">Another process works in the folder.</exception>
    public StageCache(string folder, TimeProvider time, Action<string>? log, string work = "experiment", string option = "--work")
    {
        _root = Path.Combine(folder, "stages");
        (_time, _log) = (time, log);
        _lock = FolderLock.Take(folder, work, option);
        Directory.CreateDirectory(_root);
    }

    /// <summary>The stages used so far by kind: how many, and what they took when they were made.</summary>
    public IReadOnlyDictionary<string, StageTime> Times => _used.Values.GroupBy(s => s.Kind).OrderBy(g => g.Key, StringComparer.Ordinal)
        .ToDictionary(g => g.Key, g => new StageTime(g.Count(), Math.Round(g.Sum(s => s.Seconds), 1)));

    /// <summary>Lines about the stage that is being made.</summary>
    public ProgressLine Progress(string unit, double total, double done = 0) => new(_log, unit, total, done, _time);

    /// <summary>The same for work that tells its loss (<see cref="ProgressLine.OfLoss"/>).</summary>
    public Action<int, int, double> ProgressOfLoss() => ProgressLine.OfLoss(_log, _time);

    /// <summary>The stage's results, made now or found.</summary>
    /// <param name="kind">What it is called.</param>
    /// <param name="version">Raised whenever the stage does something else with the same inputs.</param>
    /// <param name="inputs">Everything that decides the result, other stages by their digests.</param>
    /// <param name="make">Makes it in the folder given.</param>
    /// <param name="resumes">The stage goes on from what a killed one left; otherwise that is removed first.</param>
    public Stage Get(string kind, int version, object inputs, Action<string> make, bool resumes = false)
    {
        string digest = ContentDigest.Of(new { kind, version, inputs });
        string folder = Path.Combine(_root, $"{kind}-{digest[..16]}"), marker = Path.Combine(folder, Marker);
        if (!File.Exists(marker))
        {
            if (!resumes && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            Directory.CreateDirectory(folder);
            _log?.Invoke($"{kind} {digest[..8]} ...");
            long began = _time.GetTimestamp();
            make(folder);
            double seconds = Math.Round(_time.GetElapsedTime(began).TotalSeconds, 1);
            string temporary = marker + ".tmp";
            File.WriteAllText(temporary, JsonSerializer.Serialize(new StageMarker(kind, version, seconds, inputs), ContentDigest.Options) + "\n");
            File.Move(temporary, marker, overwrite: true);
            _log?.Invoke($"{kind} {digest[..8]} done, {seconds:0} s");
        }

        using var json = JsonDocument.Parse(File.ReadAllBytes(marker));
        double took = json.RootElement.GetProperty("seconds").GetDouble();
        _used[digest] = (kind, took);
        return new Stage(folder, digest, took);
    }

    public void Dispose() => _lock.Dispose();

    private sealed record StageMarker(string Kind, int Version, double Seconds, object Inputs);
}
