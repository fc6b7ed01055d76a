using System.Security.Cryptography;
using HandsOff.Core.Datasets.Encoding;

namespace HandsOff.Core.Datasets.Production;

/// <summary>Writes samples in index order into a tar, keeping the table that becomes the shard's Parquet and DALI index.</summary>
internal sealed class ShardWriter
{
    private readonly ShardRange _range;
    private readonly HashingWriter _tar;
    private readonly byte[] _header = new byte[TarFormat.Block];
    private static readonly byte[] s_zeros = new byte[TarFormat.EndLength];

    public ShardWriter(SampleFormat format, ShardRange range, HashingWriter tar)
    {
        _range = range;
        _tar = tar;
        Rows = new ShardRows(format, range.Count);
    }

    public ShardRows Rows { get; }

    /// <summary>The index that must come next.</summary>
    public long Next => _range.First + Rows.Count;

    public bool IsComplete => Rows.Count == _range.Count;

    /// <summary>SHA-256 over the digests of the samples in order.</summary>
    public string ContentSha256 => Convert.ToHexStringLower(SHA256.HashData(Rows.Digests));

    public async ValueTask AppendAsync(EncodedSample sample)
    {
        if (sample.Key.Index != Next) throw new InvalidOperationException($"sample {sample.Key.Index} where {Next} was due");
        Rows.Add(sample, _tar.Length);
        string key = SampleEncoder.Key(sample.Key.Index);
        for (int m = 0; m < Rows.Format.Members.Count; m++)
        {
            var bytes = sample.Member(m);
            TarFormat.WriteHeader(_header, $"{key}.{Rows.Format.Members[m]}", bytes.Length);
            await _tar.WriteAsync(_header).ConfigureAwait(false);
            await _tar.WriteAsync(bytes).ConfigureAwait(false);
            await _tar.WriteAsync(s_zeros.AsMemory(0, TarFormat.Padding(bytes.Length))).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the archive.</summary>
    public async Task<ReceiptBlob> FinishTarAsync()
    {
        await _tar.WriteAsync(s_zeros).ConfigureAwait(false);
        long length = _tar.Length;
        return new ReceiptBlob(_range.Tar, length, await _tar.FinishAsync().ConfigureAwait(false));
    }
}
