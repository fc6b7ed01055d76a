using HandsOff.Core.Diagnostics;
using HandsOff.Grains.Coordination;
using Spectre.Console;

namespace HandsOff.Client.Generating;

/// <summary>A bar that is drawn over itself: for terminals.</summary>
internal sealed class BarView(TimeProvider time) : IProgressView
{
    public Task<DatasetStatus> ShowAsync(Func<Action<DatasetStatus>, Task<DatasetStatus>> job) =>
        AnsiConsole.Progress()
            .AutoClear(true)
            .Columns(new ProgressBarColumn { Width = 30 }, new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .StartAsync(async context =>
            {
                var rate = new ProgressRate(time);
                var task = context.AddTask("starting", maxValue: 1);
                return await job(status =>
                {
                    if (status.Samples == 0) return;
                    long done = ProgressText.Done(status);
                    rate.Add(done);
                    task.MaxValue = status.Samples;
                    task.Value = done;
                    task.Description = Markup.Escape(ProgressText.Figures(status, rate));
                });
            });
}
