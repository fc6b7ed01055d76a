using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using HandsOff.Core;
using HandsOff.Core.Datasets;
using HandsOff.Grains.Nodes;

namespace HandsOff.Silo.Api;

/// <summary>Where an address's samples come from: a dataset of the cluster, or a virtual one that is all in its address.</summary>
internal sealed class SampleSource(DatasetService datasets, PairService pairs, ISampleService samples)
{
    private const int LongestToken = 2000;

    private static readonly JsonSerializerOptions s_token = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
    };

    /// <summary>The request as part of an address. The pair goes in by its digest, so the address means the same for ever.</summary>
    public static string Token(SampleRequest request, string digest) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(request with { Pair = digest }, s_token));

    /// <summary>What a virtual dataset's token means.</summary>
    /// <exception cref="NotFoundException">Not a token, or its pair is gone.</exception>
    public async Task<DatasetRequest> VirtualAsync(string token, CancellationToken cancellationToken)
    {
        SampleRequest? request = null;
        try
        {
            if (token.Length <= LongestToken) request = JsonSerializer.Deserialize<SampleRequest>(Base64Url.DecodeFromChars(token), s_token);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            // Not one of ours.
        }

        if (request is null || request.Pair.Length != 64) throw new NotFoundException("this is no virtual dataset's address; POST /api/v1/virtual makes one");
        return await pairs.FindAsync(request.Pair, cancellationToken) is null
            ? throw new NotFoundException($"pair {request.Pair}: the cluster does not have it")
            : await pairs.ResolveAsync(request, 1, cancellationToken);
    }

    /// <summary>How many samples a dataset has, made or not.</summary>
    /// <exception cref="NotFoundException">No such dataset.</exception>
    public async Task<long> SamplesAsync(string name, CancellationToken cancellationToken) => (await datasets.StateAsync(name, cancellationToken)).Samples;

    /// <summary>Sample <paramref name="index"/> of a dataset: from its shard when that is committed, else made now. The bytes are the same.</summary>
    /// <param name="name">The dataset.</param>
    /// <param name="index">Which sample.</param>
    /// <param name="make">Make it even if it is stored.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="NotFoundException">No such dataset or sample.</exception>
    public async Task<(StoredSample Sample, DatasetRequest Request, bool Stored)> DatasetAsync(string name, long index, bool make, CancellationToken cancellationToken)
    {
        var state = await datasets.StateAsync(name, cancellationToken);
        if (index < 0 || index >= state.Samples) throw new NotFoundException($"sample {index}: dataset '{name}' has samples 0 to {state.Samples - 1}");
        if (!make && await StoredAsync(state, index, cancellationToken) is { } stored) return (stored, state.Request, true);
        return (await samples.MakeAsync(state.Request, index, cancellationToken), state.Request, false);
    }

    /// <summary>Sample <paramref name="index"/> of a virtual dataset, made now.</summary>
    public async Task<(StoredSample Sample, DatasetRequest Request, bool Stored)> VirtualAsync(string token, long index, CancellationToken cancellationToken)
    {
        if (index < 0) throw new NotFoundException($"sample {index}: indices begin at 0");
        var request = await VirtualAsync(token, cancellationToken);
        return (await samples.MakeAsync(request, index, cancellationToken), request, false);
    }

    private static async Task<StoredSample?> StoredAsync(DatasetState state, long index, CancellationToken cancellationToken)
    {
        try
        {
            return await new DatasetReader(state).ReadAsync(index, cancellationToken);
        }
        catch (HandsOffException)
        {
            return null; // a damaged shard: the sample itself can still be made
        }
    }
}
