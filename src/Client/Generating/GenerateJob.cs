using System.Globalization;
using System.Text;
using HandsOff.Core;
using HandsOff.Core.Datasets;
using HandsOff.Core.Pairs;
using HandsOff.Core.Storage;
using HandsOff.Grains.Coordination;
using HandsOff.Silo.Devices;
using static TorchSharp.torch;

namespace HandsOff.Client.Generating;

/// <summary>The main job: checks everything that can be checked before work, then makes or completes the dataset.</summary>
internal sealed class GenerateJob(GenerateOptions options, TimeProvider time)
{
    /// <summary>Exit code.</summary>
    /// <exception cref="HandsOffException">Something is wrong with pair, options or place, or the work failed.</exception>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        _ = DeviceList.Parse(options.Run.Devices, options.Run.Threads);
        var pair = Pair.Load(options.Pair);
        var manifest = pair.Manifest;
        var request = PairRequests.Create(manifest, options.Dataset, options.Samples);
        if (manifest.Calibration.Truncation != request.Truncation && request.UncertaintyCut is not null)
        {
            await Console.Error.WriteLineAsync(
                $"note: the pair's uncertainty quantiles were drawn at truncation {manifest.Calibration.Truncation.ToString(CultureInfo.InvariantCulture)}; at {request.Truncation.ToString(CultureInfo.InvariantCulture)} the share kept will differ from {options.Dataset.Keep.ToString(CultureInfo.InvariantCulture)}");
        }

        var store = await BlobStores.OpenAsync(options.Out, create: true, cancellationToken);
        var state = await DatasetState.BeginAsync(store, request, options.Samples, options.Dataset.ShardSize is not null, extend: false, cancellationToken);
        if (!state.IsFinished && await PairRequests.KernelClassAsync(state, cancellationToken) is { } kernel && KernelCheck.Complaint(kernel, options.Run) is { } complaint)
            throw new HandsOffException($"{options.Out}: {complaint}");
        var order = new DatasetOrder(Encoding.UTF8.GetString(state.Request.ToJson()), options.Samples);
        return await new LocalRun(options.Run, time).RunAsync(state, pair, order, Command(), cancellationToken);
    }

    /// <summary>The command that goes on, without what only concerns its running.</summary>
    private string Command()
    {
        var dataset = options.Dataset;
        var plain = new DatasetOptions();
        var words = new List<string> { "handsoff generate", $"--pair {Quoted(options.Pair)}", $"--samples {options.Samples}", $"--seed {dataset.Seed}", $"--out {Quoted(options.Out)}" };
        void Add(string name, object? value, object? usual)
        {
            if (value is not null && !value.Equals(usual)) words.Add(string.Create(CultureInfo.InvariantCulture, $"{name} {value}"));
        }

        Add("--shard-size", dataset.ShardSize, null);
        Add("--image-format", dataset.ImageFormat.ToString().ToLowerInvariant(), "png");
        Add("--truncation", dataset.Truncation, null);
        Add("--truncation-cutoff", dataset.TruncationCutoff, null);
        Add("--keep", dataset.Keep, plain.Keep);
        Add("--labels", options.Labels, null);
        Add("--noise", dataset.Noise.ToString().ToLowerInvariant(), "const");
        Add("--max-attempts", dataset.MaxAttempts, plain.MaxAttempts);
        if (options.Run.Maps == ScalarType.BFloat16) words.Add("--precision bf16");
        return string.Join(' ', words);
    }

    private static string Quoted(string text) => text.Contains(' ', StringComparison.Ordinal) ? $"'{text}'" : text;
}
