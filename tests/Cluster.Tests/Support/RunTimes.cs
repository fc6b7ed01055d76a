using System.Text.Json;

namespace HandsOff.Cluster.Tests.Support;

/// <summary>When which shard was begun by whom, as the receipts tell, and when it was committed, as their files' times tell.</summary>
internal sealed class RunTimes
{
    private readonly IReadOnlyList<(int Shard, string Node, DateTimeOffset Started, DateTimeOffset Committed)> _shards;

    private RunTimes(IReadOnlyList<(int, string, DateTimeOffset, DateTimeOffset)> shards) => _shards = shards;

    /// <summary>From the first shard's beginning to the last one's commit.</summary>
    public TimeSpan Makespan => _shards.Max(s => s.Committed) - _shards.Min(s => s.Started);

    /// <summary>When its first shard was begun.</summary>
    public DateTimeOffset First => _shards.Min(s => s.Started);

    /// <summary>When its last shard was begun.</summary>
    public DateTimeOffset Last => _shards.Max(s => s.Started);

    /// <summary>When its last shard was committed.</summary>
    public DateTimeOffset LastCommit => _shards.Max(s => s.Committed);

    /// <summary>Shards begun from a time to another.</summary>
    public int Begun(DateTimeOffset from, DateTimeOffset to) => _shards.Count(s => s.Started >= from && s.Started <= to);

    /// <summary>From a fault until the first shard was begun after it.</summary>
    public TimeSpan StoodStill(DateTimeOffset fault) => _shards.Where(s => s.Started > fault).Min(s => s.Started) - fault;

    /// <summary>Committed shards by silo.</summary>
    public IReadOnlyDictionary<string, int> BySilo => _shards.GroupBy(s => s.Node.Split('/')[0]).ToDictionary(g => g.Key, g => g.Count());

    /// <summary>Shard by shard, in seconds from a moment on, for messages.</summary>
    public string Since(DateTimeOffset moment) => string.Join(
        '\n', _shards.OrderBy(s => s.Started).Select(s => FormattableString.Invariant($"shard {s.Shard} by {s.Node}: begun at {(s.Started - moment).TotalSeconds:F1} s, committed at {(s.Committed - moment).TotalSeconds:F1} s")));

    public static RunTimes Of(string datasetFolder)
    {
        var shards = new List<(int, string, DateTimeOffset, DateTimeOffset)>();
        foreach (string file in Directory.EnumerateFiles(Path.Combine(datasetFolder, "receipts"), "*.json"))
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file));
            var started = json.RootElement.GetProperty("started").GetDateTimeOffset();
            shards.Add((
                json.RootElement.GetProperty("shard").GetInt32(),
                json.RootElement.GetProperty("node").GetString()!,
                started,
                new DateTimeOffset(File.GetLastWriteTimeUtc(file))));
        }

        return new RunTimes(shards);
    }

    /// <summary>
    /// From a fault until all work that was begun before it is committed: shards are given in order, so it is what lies below the highest shard begun
    /// by then. Null when nothing was open.
    /// </summary>
    /// <param name="fault">When.</param>
    /// <param name="forgotten">Shards that the store forgot and the reading back at the end brought up: they are no measure.</param>
    public TimeSpan? Recovery(DateTimeOffset fault, IReadOnlySet<int>? forgotten = null)
    {
        int highest = _shards.Where(s => s.Started <= fault).Select(s => s.Shard).DefaultIfEmpty(-1).Max();
        var open = _shards.Where(s => s.Shard <= highest && s.Committed > fault && forgotten?.Contains(s.Shard) != true).ToArray();
        return open.Length == 0 ? null : open.Max(s => s.Committed) - fault;
    }
}
