using HandsOff.Core.Diagnostics;
using HandsOff.Grains.Coordination;

namespace HandsOff.Client.Generating;

/// <summary>A plain line now and then: for files and pipes. At most one in five seconds, more rarely as the job goes on.</summary>
internal sealed class LinesView(TimeProvider time, TextWriter output) : IProgressView
{
    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(1);

    public Task<DatasetStatus> ShowAsync(Func<Action<DatasetStatus>, Task<DatasetStatus>> job)
    {
        var rate = new ProgressRate(time);
        var (next, pause) = (time.GetUtcNow() + s_first, s_first);
        return job(status =>
        {
            if (status.Samples == 0) return;
            long done = ProgressText.Done(status);
            rate.Add(done);
            var now = time.GetUtcNow();
            if (now < next) return;
            pause = TimeSpan.FromTicks(Math.Min(s_longest.Ticks, pause.Ticks * 5 / 4));
            next = now + pause;
            output.WriteLine($"{done:N0} of {status.Samples:N0} samples  {ProgressText.Figures(status, rate)}");
        });
    }
}
