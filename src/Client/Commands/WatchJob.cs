using HandsOff.Client.Cluster;
using HandsOff.Client.Generating;
using HandsOff.Core;
using HandsOff.Grains.Coordination;

namespace HandsOff.Client.Commands;

/// <summary>Follows a dataset of a cluster to its end, on the terminal.</summary>
internal sealed class WatchJob(HandsOffClient client, string name, bool json, TimeProvider time)
{
    /// <summary>0 complete; 130 when the watching was interrupted, which does not touch the dataset.</summary>
    /// <exception cref="HandsOffException">It failed, was stopped or was cancelled; or it cannot be watched.</exception>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        DatasetStatus? status = null;
        string printed = "";
        try
        {
            await ProgressViews.For(json, time).ShowAsync(async show =>
            {
                await foreach (var now in client.WatchAsync(name, cancellationToken))
                {
                    status = now;
                    if (json && JsonOutput.Line(StatusView.Of(name, now)) is var line && line != printed) Console.WriteLine(printed = line);
                    show(now);
                }

                return status!;
            });
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync($"no longer watched; {name} goes on: handsoff watch {name}");
            return LocalRun.Interrupted;
        }

        switch (status!.Phase)
        {
            case DatasetPhase.Complete:
                if (!json) Console.WriteLine($"complete: {status.Samples:N0} samples in {status.Shards:N0} shards in {status.Dataset}");
                return 0;
            case DatasetPhase.Failed:
                throw new HandsOffException($"{name}: {status.Message}", status.ExitCode == 0 ? HandsOffException.Failed : status.ExitCode);
            default:
                throw new HandsOffException($"{name}: was {StatusText.Word(status.Phase)} with {status.SamplesCommitted:N0} of {status.Samples:N0} samples committed");
        }
    }
}
