using HandsOff.Core.Datasets;

namespace HandsOff.Grains.Nodes;

/// <summary>Single samples wanted of a device. Those that wait together share a micro-batch, which costs the same for one as for all.</summary>
internal sealed class SampleQueue(IDeviceWorker device)
{
    private readonly Lock _lock = new();
    private readonly List<Wanted> _waiting = [];

    /// <summary>Draws a sample as often as the request says; true beside it when it is still too uncertain (as <see cref="SampleMaker"/>).</summary>
    public async Task<(RawSample Sample, bool Flagged)> MakeAsync(DatasetRequest request, long index)
    {
        device.Engine.Require(request);
        for (int attempt = 0; ; attempt++)
        {
            var sample = await DrawAsync(request.Recipe, new SampleKey(index, attempt));
            bool uncertain = sample.Uncertainty > request.UncertaintyCut;
            if (!uncertain || attempt + 1 >= request.MaxAttempts) return (sample, uncertain);
        }
    }

    private async Task<RawSample> DrawAsync(SampleRecipe recipe, SampleKey key)
    {
        var wanted = new Wanted(recipe, key);
        lock (_lock) _waiting.Add(wanted);

        // One piece of work for each that waits: whichever comes first serves all, the others find nothing left.
        await device.RunAsync(Serve, CancellationToken.None);
        return await wanted.Done.Task;
    }

    private bool Serve(ISampleEngine engine)
    {
        Wanted[] batch;
        lock (_lock)
        {
            if (_waiting.Count == 0) return false;
            var recipe = _waiting[0].Recipe;
            batch = [.. _waiting.Where(w => w.Recipe == recipe).Take(engine.MicroBatch)];
            _waiting.RemoveAll(batch.Contains);
        }

        try
        {
            var samples = engine.Generate([.. batch.Select(w => w.Key)], batch[0].Recipe);
            for (int i = 0; i < batch.Length; i++) batch[i].Done.SetResult(samples[i]);
        }
        catch (Exception) when (batch.Length > 1)
        {
            foreach (var wanted in batch) Alone(engine, wanted); // one of them is bad: the others need not suffer
        }
        catch (Exception e)
        {
            batch[0].Done.SetException(e);
        }

        return true;
    }

    private static void Alone(ISampleEngine engine, Wanted wanted)
    {
        try
        {
            wanted.Done.SetResult(engine.Generate([wanted.Key], wanted.Recipe)[0]);
        }
        catch (Exception e)
        {
            wanted.Done.SetException(e);
        }
    }

    private sealed class Wanted(SampleRecipe recipe, SampleKey key)
    {
        public SampleRecipe Recipe => recipe;

        public SampleKey Key => key;

        public TaskCompletionSource<RawSample> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
