using Parquet;

namespace HandsOff.Core.Datasets.Encoding;

/// <summary>The columns of a shard's Parquet table that the project itself reads.</summary>
internal sealed class ShardTable
{
    public required long[] Index { get; init; }

    public required int[] Attempt { get; init; }

    public required bool[] Flagged { get; init; }

    public required float[] Uncertainty { get; init; }

    public required string[] ImageSha256 { get; init; }

    public required string[] LabelsSha256 { get; init; }

    /// <summary>Pixels by class, then by row.</summary>
    public required int[][] ClassPixels { get; init; }

    public static async Task<ShardTable> ReadAsync(byte[] file, DatasetRequest request, string name, CancellationToken cancellationToken)
    {
        try
        {
            await using var reader = await ParquetReader.CreateAsync(new MemoryStream(file, writable: false), cancellationToken: cancellationToken).ConfigureAwait(false);
            using var group = reader.OpenRowGroupReader(0);
            int rows = checked((int)group.RowCount);
            var pixels = new int[request.Schema.Classes.Count][];
            for (int c = 0; c < pixels.Length; c++) pixels[c] = await NumbersAsync<int>($"pixels_{request.Schema.Classes[c].Name}").ConfigureAwait(false);
            return new ShardTable
            {
                Index = await NumbersAsync<long>("index").ConfigureAwait(false),
                Attempt = await NumbersAsync<int>("attempt").ConfigureAwait(false),
                Flagged = await NumbersAsync<bool>("flagged").ConfigureAwait(false),
                Uncertainty = await NumbersAsync<float>("uncertainty").ConfigureAwait(false),
                ImageSha256 = await TextsAsync("image_sha256").ConfigureAwait(false),
                LabelsSha256 = await TextsAsync("labels_sha256").ConfigureAwait(false),
                ClassPixels = pixels,
            };

            async Task<T[]> NumbersAsync<T>(string column)
                where T : struct
            {
                var values = new T[rows];
                await group.ReadAsync<T>(reader.Schema.FindDataField(column), values.AsMemory(), null, cancellationToken).ConfigureAwait(false);
                return values;
            }

            async Task<string[]> TextsAsync(string column)
            {
                var values = new string?[rows];
                await group.ReadAsync(reader.Schema.FindDataField(column), values.AsMemory(), null, cancellationToken).ConfigureAwait(false);
                return [.. values.Select(v => v ?? "")];
            }
        }
        catch (Exception e) when (e is not (OperationCanceledException or HandsOffException))
        {
            throw new HandsOffException($"{name}: damaged: not the Parquet table of a shard ({e.Message.ReplaceLineEndings(" ")})", HandsOffException.Failed, e);
        }
    }

    /// <summary>What <see cref="ManifestShard.ContentSha256"/> must be.</summary>
    public string ContentSha256()
    {
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        for (int i = 0; i < Index.Length; i++)
        {
            hash.AppendData(Convert.FromHexString(ImageSha256[i]));
            hash.AppendData(Convert.FromHexString(LabelsSha256[i]));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
