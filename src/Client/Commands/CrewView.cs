using HandsOff.Core.Datasets.Checking;
using Spectre.Console;

namespace HandsOff.Client.Commands;

/// <summary>Shows how far a verification or a repair is: nothing beside JSON, a line now and then for files and pipes, a bar for terminals.</summary>
internal sealed class CrewView(bool json, TimeProvider time)
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(5);

    public Task<T> ShowAsync<T>(Func<Action<CrewProgress>?, Task<T>> work)
    {
        if (json) return work(null);
        return Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Ansi ? LinesAsync(work) : BarAsync(work);
    }

    private static Task<T> BarAsync<T>(Func<Action<CrewProgress>?, Task<T>> work) => AnsiConsole.Progress()
        .AutoClear(true)
        .Columns(new ProgressBarColumn { Width = 30 }, new TaskDescriptionColumn { Alignment = Justify.Left })
        .StartAsync(async context =>
        {
            var task = context.AddTask("starting", maxValue: 1);
            return await work(now =>
            {
                task.MaxValue = Math.Max(1, now.Shards);
                task.Value = now.Done;
                task.Description = Markup.Escape(Words(now));
            });
        });

    private Task<T> LinesAsync<T>(Func<Action<CrewProgress>?, Task<T>> work)
    {
        long last = time.GetTimestamp();
        return work(now =>
        {
            if (time.GetElapsedTime(last) < s_every) return;
            last = time.GetTimestamp();
            Console.WriteLine(Words(now));
        });
    }

    private static string Words(CrewProgress now) => $"{now.Done:N0} of {now.Shards:N0} shards {now.Stage switch
    {
        CrewStage.ReadBack => "read back",
        CrewStage.Regenerate => "compared",
        _ => "made again",
    }}";
}
