using System.Security.Cryptography;
using System.Text.Json;
using HandsOff.Core.Tensors;
using static TorchSharp.torch;

namespace HandsOff.Core.Labeling.Training;

/// <summary>
/// Finished members on disk, so that a stopped training goes on with the next one. A file counts only when it was made
/// with the same generator, photographs, labels and settings (their digest is in its metadata).
/// </summary>
internal sealed class MemberFiles
{
    private readonly string _folder;
    private readonly string _digest;

    public MemberFiles(string folder, LabelerConfig config, LabelerTrainingOptions options, string dataDigest, string generatorDigest)
    {
        _folder = folder;

        // More members later keep the first ones.
        var settings = new { Config = config with { Members = 1 }, Options = options with { Members = 1 }, Data = dataDigest, Generator = generatorDigest };
        _digest = Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(settings, LabelJson.Compact)));
    }

    /// <summary>A member's tensors, or null when it is to be trained. The caller disposes them.</summary>
    public Dictionary<string, Tensor>? Find(int member)
    {
        string path = PathOf(member);
        if (!File.Exists(path)) return null;
        try
        {
            var (tensors, metadata) = SafeTensors.Read(path);
            if (metadata.GetValueOrDefault("training") == _digest) return tensors;
            foreach (var t in tensors.Values) t.Dispose();
        }
        catch (HandsOffException)
        {
            // Cut short: trained again.
        }

        return null;
    }

    public void Save(int member, Dictionary<string, Tensor> tensors) =>
        SafeTensors.Write(PathOf(member), tensors, new Dictionary<string, string> { ["training"] = _digest });

    private string PathOf(int member) => Path.Combine(_folder, $"member-{member:D2}.safetensors");
}
