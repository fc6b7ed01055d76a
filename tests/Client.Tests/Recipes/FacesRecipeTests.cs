using System.IO.Compression;
using HandsOff.Client.Recipes;
using HandsOff.Core;
using HandsOff.Core.Imaging;
using HandsOff.Core.Labeling;

namespace HandsOff.Client.Tests.Recipes;

public sealed class FacesRecipeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("faces").FullName;

    public FacesRecipeTests()
    {
        string[] labelled = ["cel_1,train", "cel_2,val", "cel_3,train", "cel_4,test", "cel_5,train"];
        string[] points = ["eye_img_left", "eye_img_right", "brow_img_left", "brow_img_right", "nose_centroid", "nose_bottom", "mouth_img_left", "mouth_img_right", "mouth_centroid", "skin_bottom"];
        File.WriteAllLines(
            Data("celebamask_keypoints.csv"),
            labelled.Select(row => row + "," + string.Join(',', points.Select((_, k) => k == 3 ? ",,0" : "0.5,0.25,1")))
                .Prepend("id,split," + string.Join(',', points.Select(p => $"{p}_x,{p}_y,{p}_vis"))));
        File.WriteAllLines(Data("manifest.csv"),
        [
            "id,source,split,original_name",
            .. Enumerable.Range(0, 12).Select(i => $"utk_{i:D2},utkface,gan,x"),
            .. labelled.Select(row => $"{row.Split(',')[0]},celebamask-hq,{row.Split(',')[1]},x"),
            "celu_1,celebamask-hq,gan,x", "ytf_1,ytf-udacity,train,x",
        ]);

        byte[] image = PngWriter.Rgb(new byte[64 * 64 * 3], 64, 64), mask = PngWriter.Mask([.. Enumerable.Range(0, 4096).Select(i => (byte)(i % 8))], 64, 64, new byte[768]);
        Zip("celebamask64.zip",
        [
            .. labelled.Select(row => ($"images/{row.Split(',')[0]}.png", image)), .. labelled.Select(row => ($"masks8/{row.Split(',')[0]}.png", mask)),
            ("unlabelled/celu_1.png", image),
        ]);
        // Columns 40 and 43 in turns: their mean is 41.5, rounded 42.
        byte[] stripes = [.. Enumerable.Range(0, 128 * 128 * 3).Select(i => (byte)(i / 3 % 2 == 0 ? 40 : 43))];
        byte[] face = PngWriter.Rgb(stripes, 128, 128);
        Zip("utk128_jpg_part1.zip", [.. Enumerable.Range(0, 6).Select(i => ($"utk_{i:D2}.jpg", face))]);
        Zip("utk128_jpg_part2.zip", [.. Enumerable.Range(6, 6).Select(i => ($"utk_{i:D2}.jpg", face))]);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_generator_sees_gan_and_train_rows_less_every_tenth_face()
    {
        var counts = new FacesRecipe(_folder, Path.Combine(_folder, "out"), 64).Images(CancellationToken.None);

        Assert.Equal((11 + 3 + 1, 1, 2), counts);
        Assert.Equal(
            ["cel_1.png", "cel_3.png", "cel_5.png", "celu_1.png", .. Enumerable.Range(0, 12).Where(i => i != 9).Select(i => $"utk_{i:D2}.png")],
            Names("train.zip"));
        Assert.Equal(["utk_09.png"], Names("heldout.zip"));
        Assert.Equal(["cel_2.png", "cel_4.png"], Names("heldout-celebamask.zip"));
        using var zip = ZipFile.OpenRead(Path.Combine(_folder, "out", "heldout.zip"));
        using var memory = new MemoryStream();
        using (var entry = zip.Entries[0].Open()) entry.CopyTo(memory);
        var (rgb, width, height) = ImageFile.ReadRgb(memory.ToArray());
        Assert.Equal((64, 64), (width, height));
        Assert.All(rgb, v => Assert.Equal(42, v));
    }

    [Fact]
    public void A_split_becomes_a_labelled_folder_with_keypoints_in_pixels()
    {
        int written = new FacesRecipe(_folder, Path.Combine(_folder, "out"), 64).Labelled("train", 2, "labelled2");

        Assert.Equal(2, written);
        var set = LabeledFolder.Open(Path.Combine(_folder, "out", "labelled2"));
        Assert.Equal(["cel_1", "cel_3"], set.Items.Select(item => item.Id));
        var image = set.Items[0].Load();
        Assert.Equal(27, image.Keypoints!.Length);
        Assert.Equal([31.5f, 15.5f, 2f], image.Keypoints[..3]);
        Assert.Equal([0f, 0f, 0f], image.Keypoints[9..12]);
        Assert.Equal(7, image.Mask![7]);
    }

    [Fact]
    public void A_conversion_that_was_stopped_goes_on_with_what_is_missing()
    {
        string output = Path.Combine(_folder, "out");
        FacesRecipe Recipe() => new(_folder, output, 64);
        Recipe().Labelled("train", 2, "labelled2");
        Recipe().Images(CancellationToken.None);
        File.Delete(Path.Combine(output, "heldout-celebamask.zip"));
        byte[] before = File.ReadAllBytes(Path.Combine(output, "train.zip"));

        Assert.Equal(2, Recipe().Labelled("train", 2, "labelled2"));
        Assert.Contains("not empty", Assert.Throws<HandsOffException>(() => Recipe().Labelled("train", 3, "labelled2")).Message, StringComparison.Ordinal);
        Assert.Equal((11 + 3 + 1, 1, 2), Recipe().Images(CancellationToken.None));
        Assert.Equal(["cel_2.png", "cel_4.png"], Names("heldout-celebamask.zip"));
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(output, "train.zip")));
    }

    [Fact]
    public void Missing_data_an_unknown_split_and_a_wrong_size_are_refused()
    {
        Assert.Equal(2, Assert.Throws<HandsOffException>(() => new FacesRecipe(_folder, "out", 65)).ExitCode);
        var recipe = new FacesRecipe(_folder, Path.Combine(_folder, "out"), 64);
        Assert.Contains("train, val and test", Assert.Throws<HandsOffException>(() => recipe.Labelled("dev", 1, "x")).Message, StringComparison.Ordinal);
        File.Delete(Data("manifest.csv"));
        Assert.Contains("manifest.csv: missing", Assert.Throws<HandsOffException>(() => new FacesRecipe(_folder, "out", 64)).Message, StringComparison.Ordinal);
    }

    private string Data(string name) => Path.Combine(_folder, name);

    private string[] Names(string zip)
    {
        using var archive = ZipFile.OpenRead(Path.Combine(_folder, "out", zip));
        return [.. archive.Entries.Select(entry => entry.FullName).Order(StringComparer.Ordinal)];
    }

    private void Zip(string name, IEnumerable<(string Name, byte[] File)> files)
    {
        using var zip = new ImageZip(Data(name));
        foreach (var (file, bytes) in files) zip.Add(file, bytes);
        zip.Complete();
    }
}
