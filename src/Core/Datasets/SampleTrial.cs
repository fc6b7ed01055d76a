namespace HandsOff.Core.Datasets;

/// <summary>What a micro-batch of a request cost and weighed: the ground of an estimate.</summary>
/// <param name="Samples">Samples tried: one micro-batch.</param>
/// <param name="DeviceSeconds">Seconds a draw on the device, generating and labeling.</param>
/// <param name="EncodeSeconds">Seconds a sample on one encoding thread.</param>
/// <param name="Bytes">Bytes a sample in its shard, headers and padding included.</param>
/// <param name="Accepted">Share of the draws that the uncertainty cut let pass, over 0 and at most 1.</param>
public sealed record SampleTrial(int Samples, double DeviceSeconds, double EncodeSeconds, double Bytes, double Accepted)
{
    private const int TarBlock = 512;

    // A row of the table and a line of the index: digests dominate, and they do not compress.
    private const int RowBytes = 240;

    /// <summary>Makes one micro-batch twice (the first call warms up) and encodes it. On the device's thread.</summary>
    public static SampleTrial Run(ISampleEngine engine, DatasetRequest request, TimeProvider time)
    {
        EngineInfo.Of(engine).Require(request);
        SampleKey[] keys = [.. Enumerable.Range(0, engine.MicroBatch).Select(i => new SampleKey(i, 0))];
        _ = engine.Generate(keys, request.Recipe);
        long start = time.GetTimestamp();
        var samples = engine.Generate(keys, request.Recipe);
        double device = time.GetElapsedTime(start).TotalSeconds / samples.Length;
        start = time.GetTimestamp();
        long bytes = samples.Sum(s => SampleMaker.Encode(s, false, request).Members.Values.Sum(m => (long)TarBlock + (m.Length + TarBlock - 1) / TarBlock * TarBlock));
        double encode = time.GetElapsedTime(start).TotalSeconds / samples.Length;
        int passed = samples.Count(s => !(s.Uncertainty > request.UncertaintyCut));
        double accepted = request.UncertaintyCut is null ? 1 : Math.Max(request.Keep / 4, Math.Max(passed, 0.5) / samples.Length);
        return new SampleTrial(samples.Length, device, encode, RowBytes + bytes / (double)samples.Length, accepted);
    }
}
