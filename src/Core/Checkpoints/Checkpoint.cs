using System.IO.Compression;
using HandsOff.Core.Checkpoints.Pickle;
using HandsOff.Core.Checkpoints.Torch;
using HandsOff.Core.Tensors;
using static TorchSharp.torch;

namespace HandsOff.Core.Checkpoints;

/// <summary>
/// An opened checkpoint of any of the formats, flattened: every tensor in it by its path (<c>G_ema.synthesis.b4.const</c>,
/// <c>g_ema.input.input</c>, <c>latent_avg</c>, <c>model_state_dict.module.layers.0.weight</c>). Numbers are read when asked for.
/// </summary>
internal sealed class Checkpoint : IDisposable
{
    private readonly IDisposable? file;
    private readonly Dictionary<string, Tensor>? loaded;
    private readonly IReadOnlyDictionary<string, CheckpointTensor>? described;

    private Checkpoint(string path, CheckpointFormat format, object? root, IDisposable? file, Dictionary<string, Tensor>? loaded, IReadOnlyDictionary<string, string> metadata)
    {
        (Path, Format, Root, this.file, this.loaded, Metadata) = (path, format, root, file, loaded, metadata);
        if (loaded is null) described = CheckpointFlattener.Flatten(root);
    }

    public string Path { get; }

    public CheckpointFormat Format { get; }

    /// <summary>The pickle's result; null for safetensors.</summary>
    public object? Root { get; }

    /// <summary>A safetensors file's own metadata; empty for the others.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    public IEnumerable<string> Names => (IEnumerable<string>?)described?.Keys ?? loaded!.Keys;

    public bool Has(string name) => described?.ContainsKey(name) ?? loaded!.ContainsKey(name);

    /// <summary>The tensor as it lies in the file (CPU, detached from any scope); the caller disposes it.</summary>
    public Tensor Load(string name)
    {
        try
        {
            return described?[name].Load() ?? loaded![name].alias().DetachFromDisposeScope();
        }
        catch (Exception e) when (e is PickleException or InvalidDataException or EndOfStreamException)
        {
            throw new HandsOffException($"{Path}: {name}: {OneLine(e.Message)}", inner: e);
        }
    }

    /// <summary>Opens a file; what it is shows in its first bytes, not in its name.</summary>
    /// <exception cref="HandsOffException">Missing, unreadable, broken, of no known format, or asking for what no checkpoint needs.</exception>
    public static Checkpoint Open(string path)
    {
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
            var opened = Open(path, stream);
            if (opened.file is null) stream.Dispose();
            return opened;
        }
        catch (Exception e)
        {
            stream?.Dispose();
            if (e is PickleException or InvalidDataException or EndOfStreamException or OverflowException)
                throw new HandsOffException($"{path}: {OneLine(e.Message)}", inner: e);
            if (e is IOException or UnauthorizedAccessException) throw new HandsOffException($"{path}: cannot be read: {OneLine(e.Message)}", inner: e);
            throw;
        }
    }

    public void Dispose()
    {
        file?.Dispose();
        if (loaded is null) return;
        foreach (var tensor in loaded.Values) tensor.Dispose();
    }

    private static Checkpoint Open(string path, FileStream stream)
    {
        byte[] head = new byte[16];
        int read = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        var none = new Dictionary<string, string>();
        if (head.AsSpan().StartsWith("PK\x03\x04"u8))
        {
            var archive = new ZipArchive(stream, ZipArchiveMode.Read);
            return new Checkpoint(path, CheckpointFormat.TorchZip, TorchZipReader.Read(archive, stream.Length), archive, null, none);
        }

        if (read > 2 && head[0] == 0x80)
        {
            var source = new PickleSource(stream, stream.Length);
            var globals = new InertGlobals();
            object? root = PickleMachine.Read(source, globals);
            return TorchLegacyReader.IsMagic(root)
                ? new Checkpoint(path, CheckpointFormat.TorchLegacy, TorchLegacyReader.ReadAfterMagic(source, globals), null, null, none)
                : new Checkpoint(path, CheckpointFormat.Pickle, root, null, null, none);
        }

        if (read > 8 && head[8] == '{')
        {
            stream.Dispose();
            var (tensors, metadata) = SafeTensors.Read(path);
            return new Checkpoint(path, CheckpointFormat.SafeTensors, null, null, tensors, metadata);
        }

        throw new PickleException("no checkpoint: it is neither a torch .pt/.pth, nor an NVlabs .pkl, nor safetensors" + Guess(head.AsSpan(0, read)));
    }

    private static string Guess(ReadOnlySpan<byte> head)
        => head.IsEmpty ? " (it is empty)"
        : head.StartsWith("version https"u8) ? " (it is a Git LFS pointer: fetch the real file)"
        : head[0] == '<' ? " (it looks like a web page: the download went wrong)"
        : "";

    private static string OneLine(string message) => message.ReplaceLineEndings(" ");
}
