using HandsOff.Core.Labeling;

namespace HandsOff.Core.Datasets;

/// <summary>What is fixed of a loaded engine, readable on any thread.</summary>
public sealed record EngineInfo(string PairName, string PairDigest, LabelSchema Schema, int Width, int Height, int MicroBatch, KernelClass KernelClass)
{
    /// <summary>About what its weights take on the device.</summary>
    public long Bytes { get; init; }

    public static EngineInfo Of(ISampleEngine engine) =>
        new(engine.PairName, engine.PairDigest, engine.Schema, engine.Width, engine.Height, engine.MicroBatch, engine.KernelClass) { Bytes = engine.Bytes };

    /// <summary>Throws when the engine cannot make this request's samples.</summary>
    public void Require(DatasetRequest request)
    {
        if (PairDigest != request.Pair.Digest)
            throw new HandsOffException($"pair '{PairName}' (digest {Short(PairDigest)}) is not the one this dataset is made with: '{request.Pair.Name}', digest {Short(request.Pair.Digest)}");
        if (Width != request.Width || Height != request.Height)
            throw new HandsOffException($"pair '{PairName}' gives {Width}x{Height} pixels, the request says {request.Width}x{request.Height}");
        if ((request.Labels & ~Schema.Kinds) != 0)
            throw new HandsOffException($"pair '{PairName}' does not give the labels {string.Join(", ", LabelNames.Of(request.Labels & ~Schema.Kinds))}");
    }

    private static string Short(string digest) => digest.Length > 12 ? digest[..12] : digest;
}
