using HandsOff.Core.Imaging;
using HandsOff.Core.Inversion;
using HandsOff.Core.Tensors;
using TorchSharp;

namespace HandsOff.Core.Tests.Inversion;

public sealed class InverterTests
{
    [Fact]
    public void It_writes_a_latent_a_photograph_the_report_and_the_sheet()
    {
        using var fixture = new InversionFixture();
        string photos = fixture.Photographs("set/images", 5, 6), root = Path.GetDirectoryName(photos)!, folder = Path.Combine(fixture.Folder, "out");
        var set = Inverter.Open(root, fixture.Config);
        var report = Inverter.Run(fixture.Generator, null, fixture.Perceptual, set, new LatentOptimizerOptions { Steps = 40, InitialWeight = 0 }, null, folder);

        Assert.Equal("discriminator", report.Measure);
        Assert.Equal(["000", "001", "002", "003", "004"], report.Images.Select(i => i.Id));
        Assert.True(report.MeanLpips < report.MeanEncoderLpips);
        Assert.All(report.Images, i => Assert.True(i.Lpips <= i.EncoderLpips));
        var (latents, _) = SafeTensors.Read(Path.Combine(folder, Inverter.LatentsFile));
        Assert.Equal(report.Images.Select(i => i.Id), latents.Keys.Order());
        Assert.All(latents.Values, l => Assert.Equal([fixture.Config.NumWs, (long)fixture.Config.WDim], l.shape));
        foreach (var l in latents.Values) l.Dispose();

        var read = InversionReport.Read(Path.Combine(folder, Inverter.ReportFile));
        Assert.Equal(report.Images, read.Images);
        var (_, width, height) = ImageFile.ReadRgb(Path.Combine(folder, Inverter.SheetFile));
        Assert.True(width > 3 * 16 * 4 && height > 2 * 16);
    }

    [Fact]
    public void A_given_gate_decides_and_the_rule_drops_only_outliers()
    {
        double[] distances = [0.10, 0.11, 0.12, 0.10, 0.50];
        Assert.Equal((0.105, "given"), InversionGate.Of(distances, 0.105));
        var (gate, _) = InversionGate.Of(distances, null);
        Assert.InRange(gate, 0.12, 0.49);
        Assert.Throws<HandsOffException>(() => InversionGate.Of(distances, 0));
        Assert.Throws<HandsOffException>(() => InversionGate.Of(distances, double.NaN));
    }

    [Fact]
    public void A_photograph_of_another_shape_or_that_cannot_be_read_is_one_clear_line()
    {
        using var fixture = new InversionFixture();
        string folder = fixture.Photographs("photos", 2, 6), odd = Path.Combine(folder, "odd.png");
        File.WriteAllBytes(odd, PngWriter.Rgb(new byte[16 * 24 * 3], 24, 16));
        var error = Assert.Throws<HandsOffException>(() => Inverter.Open(folder, fixture.Config));
        Assert.Contains("odd.png", error.Message);
        Assert.Contains("16x16", error.Message);
        File.WriteAllBytes(odd, [1, 2, 3]);
        Assert.Contains("odd.png", Assert.Throws<HandsOffException>(() => Inverter.Open(folder, fixture.Config)).Message);
        File.Delete(odd);
        File.Copy(Path.Combine(folder, "000.png"), Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "deeper")).FullName, "000.png"));
        Assert.Contains("'000'", Assert.Throws<HandsOffException>(() => Inverter.Open(folder, fixture.Config)).Message);
        Assert.Throws<HandsOffException>(() => Inverter.Open(Path.Combine(folder, "nothing"), fixture.Config));
    }

    [Fact]
    public void A_broken_report_is_refused()
    {
        using var fixture = new InversionFixture();
        string path = Path.Combine(fixture.Folder, "inversion.json");
        File.WriteAllText(path, "{}");
        Assert.Contains(path, Assert.Throws<HandsOffException>(() => InversionReport.Read(path)).Message);
    }
}
