using HandsOff.Core.Datasets.Encoding;

namespace HandsOff.Core.Datasets;

/// <summary>Makes single samples as the dataset has them, without the dataset.</summary>
public static class SampleMaker
{
    /// <summary>Draws a sample as often as the request says; true beside it when it is still too uncertain.</summary>
    public static (RawSample Sample, bool Flagged) Make(ISampleEngine engine, DatasetRequest request, long index)
    {
        EngineInfo.Of(engine).Require(request);
        if (index < 0) throw HandsOffException.Usage($"index {index}: should be 0 or more");
        for (int attempt = 0; ; attempt++)
        {
            var sample = engine.Generate([new SampleKey(index, attempt)], request.Recipe)[0];
            bool uncertain = sample.Uncertainty > request.UncertaintyCut;
            if (!uncertain || attempt + 1 >= request.MaxAttempts) return (sample, uncertain);
        }
    }

    /// <summary>The sample's files: name and bytes of each member, byte for byte those of its shard.</summary>
    public static IReadOnlyList<(string Name, byte[] Bytes)> Files(ISampleEngine engine, DatasetRequest request, long index)
    {
        var (sample, flagged) = Make(engine, request, index);
        return Encode(sample, flagged, request).Files();
    }

    /// <summary>The sample as its shard would hold it. Needs no device: any thread may do it.</summary>
    public static StoredSample Encode(RawSample sample, bool flagged, DatasetRequest request)
    {
        var format = new SampleFormat(request);
        using var encoder = new SampleEncoder();
        var encoded = encoder.Encode(sample, flagged, format);
        var members = format.Members.Select((extension, m) => (extension, Bytes: encoded.Member(m).ToArray())).ToDictionary(m => m.extension, m => m.Bytes, StringComparer.Ordinal);
        encoded.Return();
        return new StoredSample(request, sample.Key.Index, members);
    }
}
