using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Training;

/// <summary>
/// Checkpoints of a run: folders <c>checkpoints/000123456</c> (images shown) with the averaged generator, the
/// discriminator, <c>state.safetensors</c> (trained generator, optimizers, mean path length) and <c>trainer.json</c>
/// (options, counters, ADA). A folder is written under another name and renamed when whole.
/// </summary>
internal static class GanCheckpoint
{
    public const string GeneratorFile = "generator.safetensors", DiscriminatorFile = "discriminator.safetensors";
    private const string StateFile = "state.safetensors", TrainerFile = "trainer.json";
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        IgnoreReadOnlyProperties = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Writes a checkpoint and removes older ones, except every <see cref="GanTrainingOptions.KeepEvery"/>-th. Returns its folder.</summary>
    public static string Save(string run, GanState state, GanTrainingOptions options, int snapshot, double bestMetric, string data)
    {
        string root = Path.Combine(run, "checkpoints");
        string final = Path.Combine(root, Name(state.Images)), temporary = final + ".tmp";
        Directory.CreateDirectory(root);
        foreach (string broken in Directory.GetDirectories(root, "*.tmp")) Directory.Delete(broken, recursive: true);
        Directory.CreateDirectory(temporary);
        state.Averaged.Save(Path.Combine(temporary, GeneratorFile));
        state.Discriminator.Save(Path.Combine(temporary, DiscriminatorFile));
        using (NewDisposeScope())
        {
            var tensors = state.Generator.StateTensors().Select(t => new KeyValuePair<string, Tensor>("g." + t.Key, t.Value))
                .Concat(state.GeneratorAdam.State("g.adam.")).Concat(state.DiscriminatorAdam.State("d.adam."))
                .Append(new("path_mean", state.PathMean));
            SafeTensors.Write(Path.Combine(temporary, StateFile), tensors);
        }

        bool keep = options.KeepEvery > 0 && snapshot % options.KeepEvery == 0;
        var record = new TrainerRecord
        {
            Options = options,
            Steps = state.Steps,
            Images = state.Images,
            Seconds = state.Seconds,
            GeneratorUpdates = state.GeneratorAdam.Steps,
            DiscriminatorUpdates = state.DiscriminatorAdam.Steps,
            AugmentProbability = state.Ada.Probability,
            AugmentSignSum = state.Ada.SignSum,
            AugmentSignCount = state.Ada.SignCount,
            Snapshot = snapshot,
            Keep = keep,
            BestMetric = bestMetric,
            Data = data,
        };
        using (var trainer = File.Create(Path.Combine(temporary, TrainerFile)))
        {
            JsonSerializer.Serialize(trainer, record, Json);
            trainer.Flush(flushToDisk: true); // older checkpoints go below
        }

        if (Directory.Exists(final)) Directory.Delete(final, recursive: true);
        Directory.Move(temporary, final);
        Storage.LinuxFile.SyncFolder(root);
        foreach (string file in new[] { GeneratorFile, DiscriminatorFile }) Publish(Path.Combine(final, file), Path.Combine(run, file));
        foreach (string old in All(run).Where(f => f != final && !IsKept(f))) Directory.Delete(old, recursive: true);
        return final;
    }

    // One whose record cannot be read is not ours to remove.
    private static bool IsKept(string checkpoint)
    {
        try
        {
            return ReadRecord(checkpoint).Keep;
        }
        catch (HandsOffException)
        {
            return true;
        }
    }

    /// <summary>Copies a file to its place in one move.</summary>
    public static void Publish(string from, string to)
    {
        File.Copy(from, to + ".tmp", overwrite: true);
        File.Move(to + ".tmp", to, overwrite: true);
    }

    /// <summary>The newest whole checkpoint of a run folder, or null.</summary>
    public static string? Latest(string run) => All(run).LastOrDefault();

    /// <summary>A checkpoint's counters and options.</summary>
    public static TrainerRecord ReadRecord(string checkpoint)
    {
        string path = Path.Combine(checkpoint, TrainerFile);
        try
        {
            return JsonSerializer.Deserialize<TrainerRecord>(File.ReadAllText(path), Json) ?? throw new JsonException("empty");
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            throw new HandsOffException($"{path}: not a trainer record: {e.Message}", inner: e);
        }
    }

    /// <summary>Fills a state of the same network sizes from a checkpoint, exactly as it was saved.</summary>
    public static void Restore(string checkpoint, TrainerRecord record, GanState state)
    {
        using var noGrad = no_grad();
        LoadInto(Path.Combine(checkpoint, GeneratorFile), (tensors, path) => state.Averaged.LoadStateTensors(tensors, path));
        LoadInto(Path.Combine(checkpoint, DiscriminatorFile), (tensors, path) => state.Discriminator.LoadStateTensors(tensors, path));
        LoadInto(Path.Combine(checkpoint, StateFile), (tensors, file) =>
        {
            state.Generator.LoadStateTensors(tensors.Where(t => t.Key.StartsWith("g.", StringComparison.Ordinal) && !t.Key.StartsWith("g.adam.", StringComparison.Ordinal))
                .ToDictionary(t => t.Key[2..], t => t.Value), file);
            state.GeneratorAdam.Restore(tensors, "g.adam.", record.GeneratorUpdates, file);
            state.DiscriminatorAdam.Restore(tensors, "d.adam.", record.DiscriminatorUpdates, file);
            if (!tensors.TryGetValue("path_mean", out var mean)) throw new HandsOffException($"{file}: tensor 'path_mean' is missing: the checkpoint is damaged");
            state.PathMean.copy_(mean);
        });
        state.Ada.Restore(record.AugmentProbability, record.AugmentSignSum, record.AugmentSignCount);
        (state.Steps, state.Images, state.Seconds) = (record.Steps, record.Images, record.Seconds);
    }

    private static void LoadInto(string path, Action<IReadOnlyDictionary<string, Tensor>, string> take)
    {
        var (tensors, _) = SafeTensors.Read(path);
        try
        {
            take(tensors, path);
        }
        finally
        {
            foreach (var t in tensors.Values) t.Dispose();
        }
    }

    private static IEnumerable<string> All(string run)
    {
        string root = Path.Combine(run, "checkpoints");
        return Directory.Exists(root)
            ? Directory.GetDirectories(root).Where(f => long.TryParse(Path.GetFileName(f), NumberStyles.None, CultureInfo.InvariantCulture, out _) && File.Exists(Path.Combine(f, TrainerFile))).Order(StringComparer.Ordinal)
            : [];
    }

    private static string Name(long images) => images.ToString("D9", CultureInfo.InvariantCulture);

    /// <summary>trainer.json.</summary>
    internal sealed record TrainerRecord
    {
        public required GanTrainingOptions Options { get; init; }

        public required long Steps { get; init; }

        public required long Images { get; init; }

        public required double Seconds { get; init; }

        public required long GeneratorUpdates { get; init; }

        public required long DiscriminatorUpdates { get; init; }

        public required double AugmentProbability { get; init; }

        public required double AugmentSignSum { get; init; }

        public required long AugmentSignCount { get; init; }

        public required int Snapshot { get; init; }

        /// <summary>The lowest metric seen.</summary>
        public double BestMetric { get; init; } = double.PositiveInfinity;

        /// <summary>Digest of the images it learns from; null in older checkpoints.</summary>
        public string? Data { get; init; }

        /// <summary>Not removed when a later checkpoint is written.</summary>
        public bool Keep { get; init; }
    }
}
