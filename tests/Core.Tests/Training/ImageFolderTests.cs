using System.IO.Compression;
using HandsOff.Core.Imaging;
using HandsOff.Core.Training;

namespace HandsOff.Core.Tests.Training;

public sealed class ImageFolderTests
{
    [Fact]
    public void A_zip_with_a_prefix_gives_the_same_images_as_the_folder()
    {
        using var fixture = new TrainingFixture();
        string zip = Path.Combine(fixture.Folder, "set.zip");
        using (var archive = ZipFile.Open(zip, ZipArchiveMode.Create))
            foreach (string file in Directory.GetFiles(Path.Combine(fixture.Folder, "images")))
            {
                archive.CreateEntryFromFile(file, "images/" + Path.GetFileName(file));
                archive.CreateEntryFromFile(file, "masks/" + Path.GetFileName(file));
            }

        var folder = fixture.Images;
        var zipped = ImageFolder.Load([zip + ":images/"], 16, 16);
        Assert.Equal(folder.Count, zipped.Count);
        Assert.Equal(20, ImageFolder.Load([zip], 16, 16).Count);
        Assert.Equal("images/03.png", zipped.Names[3]);
        for (int i = 0; i < folder.Count; i++) Assert.Equal(folder.Planar(i), zipped.Planar(i));
    }

    [Fact]
    public void A_damaged_entry_of_a_zip_is_named()
    {
        using var fixture = new TrainingFixture();
        string zip = Path.Combine(fixture.Folder, "set.zip");
        using (var archive = ZipFile.Open(zip, ZipArchiveMode.Create)) archive.CreateEntryFromFile(Path.Combine(fixture.Folder, "images", "03.png"), "03.png");
        byte[] bytes = File.ReadAllBytes(zip);
        bytes.AsSpan(30 + "03.png".Length, 40).Fill(0xff); // the beginning of the packed data
        File.WriteAllBytes(zip, bytes);
        Assert.Contains("set.zip: 03.png is damaged in the zip", Assert.Throws<HandsOffException>(() => ImageFolder.Load([zip], 16, 16)).Message);
    }

    [Fact]
    public void A_list_chooses_by_name_with_or_without_ending()
    {
        using var fixture = new TrainingFixture();
        string list = Path.Combine(fixture.Folder, "list.txt");
        File.WriteAllText(list, "02,train\n05.png\n\nnot there\n");
        Assert.Equal(["02.png", "05.png"], ImageFolder.Load([Path.Combine(fixture.Folder, "images")], 16, 16, list).Names);
    }

    [Fact]
    public void Batches_hold_the_pixels_and_mirror_those_marked()
    {
        using var fixture = new TrainingFixture();
        var images = fixture.Images;
        using var batch = images.Batch([4, 4], [false, true]);
        float[] values = batch.data<float>().ToArray();
        var planar = images.Planar(4);
        for (int i = 0; i < planar.Length; i++)
        {
            Assert.Equal(planar[i] / 127.5f - 1, values[i], 1e-6f);
            Assert.Equal(values[i], values[planar.Length + i / 16 * 16 + 15 - i % 16]);
        }
    }

    [Fact]
    public void Reduction_averages_areas_for_whole_and_broken_ratios()
    {
        byte[] four = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150];
        byte[] rgb = [.. four.SelectMany(v => new[] { v, (byte)(v + 1), (byte)(255 - v) })];
        var half = AreaResize.ToPlanar(rgb, 4, 4, 2, 2);
        Assert.Equal([25, 45, 105, 125], half[..4]);
        Assert.Equal([26, 46, 106, 126], half[4..8]);
        Assert.Equal([230, 210, 150, 130], half[8..]);
        // 3 to 2: each output covers one pixel and a half.
        byte[] line = [0, 0, 0, 90, 90, 90, 240, 240, 240];
        byte[] three = [.. line, .. line, .. line];
        Assert.Equal([30, 190, 30, 190], AreaResize.ToPlanar(three, 3, 3, 2, 2)[..4]);
    }

    [Theory]
    [InlineData(32, 32, "should be 32x32")]
    [InlineData(16, 8, "should be 16x8")]
    public void Small_or_misshapen_images_are_named(int width, int height, string expected)
    {
        using var fixture = new TrainingFixture();
        var error = Assert.Throws<HandsOffException>(() => ImageFolder.Load([Path.Combine(fixture.Folder, "images")], width, height));
        Assert.Contains("00.png is 16x16", error.Message);
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void Missing_empty_and_broken_sources_are_named()
    {
        using var fixture = new TrainingFixture();
        Assert.Contains("no such folder or zip", Assert.Throws<HandsOffException>(() => ImageFolder.Load([fixture.Run("none")], 16, 16)).Message);
        string empty = Directory.CreateDirectory(fixture.Run("empty")).FullName;
        Assert.Contains("no PNG", Assert.Throws<HandsOffException>(() => ImageFolder.Load([empty], 16, 16)).Message);
        string broken = Path.Combine(fixture.Folder, "broken.zip");
        File.WriteAllText(broken, "no zip");
        Assert.Contains("broken.zip", Assert.Throws<HandsOffException>(() => ImageFolder.Load([broken], 16, 16)).Message);
        File.WriteAllText(Path.Combine(empty, "bad.jpg"), "no image");
        Assert.Contains("bad.jpg", Assert.Throws<HandsOffException>(() => ImageFolder.Load([empty], 16, 16)).Message);
    }

    [Fact]
    public void Each_epoch_shows_every_image_once_in_another_order()
    {
        var order = new DataOrder(10, 3, mirror: true);
        var (first, _) = order.Take(0, 10);
        var (second, _) = order.Take(10, 10);
        Assert.Equal(Enumerable.Range(0, 10), first.Order());
        Assert.Equal(Enumerable.Range(0, 10), second.Order());
        Assert.NotEqual(first, second);
        var (across, sides) = new DataOrder(10, 3, mirror: true).Take(7, 6);
        Assert.Equal([.. first[7..], .. second[..3]], across);
        Assert.Contains(true, order.Take(0, 20).Mirror);
        Assert.Contains(false, order.Take(0, 20).Mirror);
        Assert.Equal(6, sides.Length);
    }
}
