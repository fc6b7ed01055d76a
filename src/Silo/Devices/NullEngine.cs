using System.Buffers.Binary;
using HandsOff.Core.Datasets;
using HandsOff.Core.Labeling;

namespace HandsOff.Silo.Devices;

/// <summary>
/// A device that makes nothing: samples of one colour, told apart only by their key in the first pixels. What remains is
/// the cost of everything around it, for benchmarks and tests. Its kernel class is its own.
/// </summary>
/// <param name="pairName">The name of the pair it stands for.</param>
/// <param name="pairDigest">Its digest.</param>
/// <param name="schema">Its labels.</param>
/// <param name="width">Pixels.</param>
/// <param name="height">Pixels.</param>
/// <param name="sampleTime">How long it waits a sample, as a slow device would take.</param>
internal sealed class NullEngine(string pairName, string pairDigest, LabelSchema schema, int width, int height, TimeSpan sampleTime = default) : ISampleEngine
{
    public string PairName => pairName;

    public string PairDigest => pairDigest;

    public LabelSchema Schema => schema;

    public int Width => width;

    public int Height => height;

    public int MicroBatch => 64;

    public KernelClass KernelClass => new("none", "null", "none", MicroBatch);

    public RawSample[] Generate(ReadOnlySpan<SampleKey> keys, SampleRecipe recipe)
    {
        var samples = new RawSample[keys.Length];
        if (sampleTime > TimeSpan.Zero) Thread.Sleep(sampleTime * keys.Length);
        for (int i = 0; i < samples.Length; i++) samples[i] = Make(keys[i], recipe);
        return samples;
    }

    public void Dispose()
    {
    }

    private RawSample Make(SampleKey key, SampleRecipe recipe)
    {
        Span<byte> identity = stackalloc byte[20];
        BinaryPrimitives.WriteUInt64LittleEndian(identity, recipe.Seed);
        BinaryPrimitives.WriteInt64LittleEndian(identity[8..], key.Index);
        BinaryPrimitives.WriteInt32LittleEndian(identity[16..], (int)key.Attempt);
        int pixels = width * height;
        byte[] rgb = new byte[3 * pixels];
        identity[..Math.Min(identity.Length, rgb.Length)].CopyTo(rgb);
        return new RawSample
        {
            Key = key,
            Rgb = rgb,
            Mask = recipe.Labels.HasFlag(LabelKinds.Segmentation) ? new byte[pixels] : null,
            Depth = recipe.Labels.HasFlag(LabelKinds.Depth) ? new ushort[pixels] : null,
            Keypoints = recipe.Labels.HasFlag(LabelKinds.Keypoints) ? new float[3 * schema.Keypoints.Count] : null,
            Uncertainty = 0,
        };
    }
}
