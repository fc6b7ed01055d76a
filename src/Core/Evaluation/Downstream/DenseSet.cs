using System.Security.Cryptography;
using System.Text.Json;
using HandsOff.Core.Labeling;
using HandsOff.Core.Labeling.Training;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Downstream;

/// <summary>
/// Labelled images of one size in memory, to train and measure downstream networks on, wherever they come from. Owns its
/// tensors (CPU): Images [N,3,H,W] bytes; Masks [N,H,W] bytes (255 = ignore); Depth [N,H,W] float in the schema's unit
/// (0 = invalid); Keypoints [N,K,3] float, pixels with centres at integers. What the schema lacks is null.
/// </summary>
public sealed class DenseSet : IDisposable
{
    private const string Format = "handsoff-dense-set/1";

    internal DenseSet(LabelSchema schema, Tensor images, Tensor? masks, Tensor? depth, Tensor? keypoints) =>
        (Schema, Images, Masks, Depth, Keypoints) = (schema, images, masks, depth, keypoints);

    public LabelSchema Schema { get; }

    public Tensor Images { get; }

    public Tensor? Masks { get; }

    public Tensor? Depth { get; }

    public Tensor? Keypoints { get; }

    public int Count => (int)Images.shape[0];

    public int Height => (int)Images.shape[2];

    public int Width => (int)Images.shape[3];

    /// <summary>Reads a labelled folder at a size; <paramref name="ids"/> chooses images (all when null), in id order. The caller disposes it.</summary>
    public static DenseSet Of(LabeledFolder folder, int width, int height, IReadOnlySet<string>? ids = null)
    {
        var builder = new DenseSetBuilder(folder.Schema, width, height);
        foreach (var item in folder.Items.Where(i => ids?.Contains(i.Id) ?? true)) builder.Add(item.Load());
        return builder.Build();
    }

    /// <summary>Images as floats in [-1,1], [B,3,H,W]. In the caller's dispose scope.</summary>
    public Tensor Floats(long first, long count, Device? device = null) =>
        Pixels.FromBytes(Images.narrow(0, first, count).to(device ?? CPU));

    /// <summary>Pixels of each class (index = id), ignored ones left out; empty without segmentation.</summary>
    public long[] ClassPixels()
    {
        if (Masks is null) return [];
        using var scope = NewDisposeScope();
        var total = zeros(256, ScalarType.Int64);
        for (long at = 0; at < Count; at += 256) total.add_(bincount(Masks.narrow(0, at, Math.Min(256, Count - at)).flatten().to(ScalarType.Int64), minlength: 256), Scalars.One);
        return total.data<long>().ToArray()[..Schema.Classes.Count];
    }

    /// <summary>One image's RGB bytes, row by row.</summary>
    public byte[] Rgb(int index)
    {
        using var scope = NewDisposeScope();
        return Images[index].permute(1, 2, 0).contiguous().bytes.ToArray();
    }

    /// <summary>One image with its labels, as arrays.</summary>
    public LabeledImage Image(int index)
    {
        using var scope = NewDisposeScope();
        return new LabeledImage
        {
            Width = Width,
            Height = Height,
            Rgb = Rgb(index),
            Mask = Masks?[index].contiguous().bytes.ToArray(),
            Depth = Depth?[index].contiguous().data<float>().ToArray(),
            Keypoints = Keypoints?[index].flatten().contiguous().data<float>().ToArray(),
        };
    }

    /// <summary>SHA-256 over pixels and labels in lower-case hex.</summary>
    public string Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in new[] { Images, Masks, Depth, Keypoints })
            if (part is not null) hash.AppendData(part.bytes);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Writes the set as safetensors.</summary>
    public void Save(string path)
    {
        var tensors = new Dictionary<string, Tensor> { ["images"] = Images };
        if (Masks is not null) tensors["masks"] = Masks;
        if (Depth is not null) tensors["depth"] = Depth;
        if (Keypoints is not null) tensors["keypoints"] = Keypoints;
        SafeTensors.Write(path, tensors, new Dictionary<string, string> { ["format"] = Format, ["schema"] = JsonSerializer.Serialize(Schema, LabelJson.Compact) });
    }

    /// <summary>Reads what <see cref="Save"/> wrote. The caller disposes it.</summary>
    /// <exception cref="HandsOffException">Unreadable or another format.</exception>
    public static DenseSet Load(string path)
    {
        var (tensors, metadata) = SafeTensors.Read(path);
        if (metadata.GetValueOrDefault("format") != Format || !tensors.TryGetValue("images", out var images))
        {
            foreach (var t in tensors.Values) t.Dispose();
            throw new HandsOffException($"{path}: not a set of labelled images ({Format})");
        }

        var schema = JsonSerializer.Deserialize<LabelSchema>(metadata["schema"], LabelJson.Compact)!;
        return new DenseSet(schema, images, tensors.GetValueOrDefault("masks"), tensors.GetValueOrDefault("depth"), tensors.GetValueOrDefault("keypoints"));
    }

    public void Dispose()
    {
        Images.Dispose();
        Masks?.Dispose();
        Depth?.Dispose();
        Keypoints?.Dispose();
    }

    /// <summary>The schema with only some kinds of label.</summary>
    internal static LabelSchema Restrict(LabelSchema schema, LabelKinds kinds) => LabelerTrainer.Restrict(schema, kinds);
}
