using HandsOff.Core.Diagnostics;
using HandsOff.Core.Imaging;
using Microsoft.Extensions.Time.Testing;
using TorchSharp;

namespace HandsOff.Core.Tests.Diagnostics;

public sealed class DiagnosticsTests
{
    [Fact]
    public void A_sheet_holds_each_image_in_its_place()
    {
        using var folder = new Scratch();
        string path = Path.Combine(folder.Path, "sheet.png");
        using (var images = torch.stack([torch.full(new long[] { 3, 2, 2 }, -1f), torch.zeros(3, 2, 2), torch.full(new long[] { 3, 2, 2 }, 3f)])) ContactSheet.Write(path, images, 2, gap: 1);
        var (rgb, width, height) = ImageFile.ReadRgb(path);
        Assert.Equal((5, 5), (width, height));
        Assert.Equal(0, rgb[0]);
        Assert.Equal(255, rgb[2 * 3]);
        Assert.Equal(128, rgb[3 * 3]);
        Assert.Equal(255, rgb[3 * 15]);
    }

    [Fact]
    public void Curves_are_drawn_from_columns_with_gaps_and_nothing_without_data()
    {
        using var folder = new Scratch();
        string csv = Path.Combine(folder.Path, "log.csv"), png = Path.Combine(folder.Path, "curves.png");
        File.WriteAllText(csv, "kimg,a,b\n1,0.5,\n2,0.25,7\n3,,NaN\n");
        Plot.Csv(csv, png, "kimg", [new PlotPanel("None", ["absent"])]);
        Assert.False(File.Exists(png));
        Plot.Csv(csv, png, "kimg", [new PlotPanel("Both", ["a", "b"]), new PlotPanel("None", ["absent"])]);
        var (rgb, width, height) = ImageFile.ReadRgb(png);
        Assert.Equal((900, 260), (width, height));
        Assert.True(rgb.Distinct().Count() > 10);
    }

    [Fact]
    public void Progress_gives_rate_and_remaining_time()
    {
        var time = new FakeTimeProvider();
        var meter = new ProgressMeter(100, 20, time);
        Assert.Null(meter.Remaining);
        time.Advance(TimeSpan.FromSeconds(10));
        meter.Update(40);
        Assert.Equal(2, meter.Rate);
        Assert.Equal(TimeSpan.FromSeconds(30), meter.Remaining);
        Assert.Equal(0.4, meter.Share);
        Assert.Equal(["?", "30s", "2m 05s", "3h 07m", "2d 3h"], new TimeSpan?[] { null, new(0, 0, 30), new(0, 2, 5), new(3, 7, 0), new(2, 3, 0, 0) }.Select(ProgressMeter.Text));
    }

    [Fact]
    public void Long_work_tells_how_fast_it_is_and_how_much_is_left_but_not_all_the_time()
    {
        var time = new FakeTimeProvider();
        var lines = new List<string>();
        var line = new ProgressLine(lines.Add, "steps", 1000, 100, time);
        var reader = line.From<int>(done => (done, $"loss {done / 1000.0:0.0}"));
        void After(int seconds, int done)
        {
            time.Advance(TimeSpan.FromSeconds(seconds));
            reader.Report(done);
        }

        After(9, 190); // too early for a line
        Assert.Empty(lines);
        After(11, 300);
        After(1, 310);
        After(9, 400);
        After(60, 1000); // the end is told by whoever began
        Assert.Equal(["  300/1000 steps, 10 a second, 1m 10s left, loss 0.3", "  400/1000 steps, 10 a second, 1m 00s left, loss 0.4"], lines);
        new ProgressLine(null, "steps", 10, time: time).Report(1);
    }

    private sealed class Scratch : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("handsoff-diagnostics-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
