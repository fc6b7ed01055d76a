namespace HandsOff.Grains.Scheduling;

/// <summary>
/// Looks for the samples that keep a shard from being made, by halving: nodes make parts of it without committing them. A part whose other half
/// is clean is at fault without being tried. A single sample is blamed only when it failed by itself, twice. Pure.
/// </summary>
internal sealed class PoisonHunt
{
    /// <summary>Samples after which the hunt ends: then something else than single samples is wrong.</summary>
    public const int MostFound = 8;

    private const int Proofs = 2;

    private readonly Stack<Suspect> _suspects = new();
    private readonly List<PoisonSample> _found = [];

    /// <param name="shard">The samples of a shard that failed again and again.</param>
    public PoisonHunt(SampleRange shard)
    {
        if (shard.Count == 1) _suspects.Push(new Suspect(shard, LeftHalf: false, Failures: 0));
        else Split(shard);
    }

    /// <summary>The part to try next; null when the hunt is over.</summary>
    public SampleRange? Next => _found.Count < MostFound && _suspects.TryPeek(out var suspect) ? suspect.Range : null;

    /// <summary>The samples at fault.</summary>
    public IReadOnlyList<PoisonSample> Found => _found;

    /// <summary>The part was made without fault.</summary>
    public void Clean(SampleRange part)
    {
        if (Next != part) return;
        var suspect = _suspects.Pop();
        if (!suspect.LeftHalf) return;
        var right = _suspects.Pop(); // so it is the other half; a single sample must still fail by itself
        if (right.Range.Count > 1) Split(right.Range);
        else _suspects.Push(right);
    }

    /// <summary>The part failed.</summary>
    public void Failed(SampleRange part, string error)
    {
        if (Next != part) return;
        var suspect = _suspects.Pop();
        if (part.Count > 1) Split(part);
        else if (suspect.Failures + 1 < Proofs) _suspects.Push(suspect with { Failures = suspect.Failures + 1, LeftHalf = false });
        else _found.Add(new PoisonSample(part.First, error));
    }

    private void Split(SampleRange range)
    {
        var (left, right) = range.Halves;
        _suspects.Push(new Suspect(right, LeftHalf: false, Failures: 0));
        _suspects.Push(new Suspect(left, LeftHalf: true, Failures: 0));
    }

    /// <param name="Range">Samples that may be at fault.</param>
    /// <param name="LeftHalf">Of a range at fault whose other half comes next.</param>
    /// <param name="Failures">How often it failed when tried.</param>
    private readonly record struct Suspect(SampleRange Range, bool LeftHalf, int Failures);
}
