using HandsOff.Core.Imaging;
using HandsOff.Core.Labeling;

namespace HandsOff.Core.Tests.Labeling;

public sealed class LabeledFolderTests : IDisposable
{
    private static readonly LabelSchema Schema = new()
    {
        Classes = [new("background", "#000000"), new("thing", "#ff0000")],
        Keypoints = ["a", "b"],
        Skeleton = [[0, 1]],
        KeypointFlip = [1, 0],
        Depth = new DepthInfo("m", 1000, 0.5, 2),
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("labelled").FullName;

    public LabeledFolderTests()
    {
        var writer = new LabeledFolderWriter(_folder, Schema);
        for (int n = 0; n < 3; n++)
        {
            writer.Add($"p{n}", new LabeledImage
            {
                Width = 4,
                Height = 2,
                Rgb = [.. Enumerable.Range(0, 24).Select(i => (byte)(i + n))],
                Mask = [0, 1, 255, 0, 1, 1, 0, 0],
                Depth = [0, 1.5f, 0.0002f, 70f, 1, 1, 1, 1],
                Keypoints = [0.25f, 1, 2, 0, 0, 0],
            });
        }

        writer.Complete();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_written_folder_reads_back()
    {
        var set = LabeledFolder.Open(_folder, 3);
        Assert.Equal(["p0", "p1", "p2"], set.Items.Select(item => item.Id));
        var image = set.Items[1].Load();
        Assert.Equal((4, 2, 1), (image.Width, image.Height, image.Rgb[0]));
        Assert.Equal([0, 1, 255, 0, 1, 1, 0, 0], image.Mask!);
        // 0 stays invalid, a depth too small for the scale stays valid, one too large is the largest.
        Assert.Equal([0f, 1.5f, 0.001f, 65.535f], image.Depth![..4]);
        Assert.Equal([0.25f, 1, 2, 0, 0, 0], image.Keypoints!);
    }

    [Fact]
    public void A_folder_that_was_begun_and_not_completed_is_in_nobodys_way()
    {
        string target = Path.Combine(_folder, "again");
        var image = new LabeledImage { Width = 1, Height = 1, Rgb = new byte[3], Mask = [0], Depth = [1], Keypoints = new float[6] };
        new LabeledFolderWriter(target, Schema).Add("stopped", image);
        Assert.False(Directory.Exists(target));
        var second = new LabeledFolderWriter(target, Schema);
        second.Add("done", image);
        second.Complete();
        Assert.Equal(["done"], LabeledFolder.Open(target).Items.Select(i => i.Id));
        Assert.Contains("not empty", Assert.Throws<HandsOffException>(() => new LabeledFolderWriter(target, Schema)).Message);
    }

    [Fact]
    public void Too_few_images_are_refused() => Says("3 images; at least 4", () => LabeledFolder.Open(_folder, 4));

    [Fact]
    public void A_missing_folder_schema_or_image_folder_is_named()
    {
        Says("no such folder", () => LabeledFolder.Open(Path.Combine(_folder, "nothing")));
        File.Delete(Path.Combine(_folder, "schema.json"));
        Says("schema.json: missing", () => LabeledFolder.Open(_folder));
    }

    [Theory]
    [InlineData("{", "not a label schema")]
    [InlineData("{}", "declares no classes")]
    [InlineData("""{"keypoints":["a","b"],"skeleton":[[0,2]]}""", "skeleton")]
    [InlineData("""{"keypoints":["a","b"],"keypointFlip":[1,1]}""", "keypointFlip")]
    [InlineData("""{"depth":{"unit":"m","scale":0,"min":0,"max":1}}""", "scale")]
    [InlineData("""{"depth":{"unit":"m","scale":10,"min":2,"max":2}}""", "min below its max")]
    [InlineData("""{"depth":{"scale":10,"min":0,"max":2}}""", "should have a unit")]
    [InlineData("""{"keypoints":["a","a"]}""", "two keypoint entries are called 'a'")]
    [InlineData("""{"keypoints":["a",null]}""", "a keypoint without a name")]
    [InlineData("""{"keypoints":null}""", "should be lists")]
    [InlineData("""{"keypoints":["a"],"skeleton":[null]}""", "should be lists")]
    [InlineData("""{"classes":[{"name":"a","color":"#000000"},{"name":"a","color":"#ff0000"}]}""", "two class entries are called 'a'")]
    [InlineData("""{"classes":[null]}""", "a class without a name")]
    [InlineData("""{"classes":[{"name":"a","color":"red"}]}""", "class a: colour 'red' should be #rrggbb")]
    [InlineData("""{"classes":[{"name":"a","color":"# ff00f"}]}""", "should be #rrggbb")]
    [InlineData("""{"classes":[{"name":"a"}]}""", "should be #rrggbb")]
    public void A_malformed_schema_is_refused(string json, string expected)
    {
        File.WriteAllText(Path.Combine(_folder, "schema.json"), json);
        Says(expected, () => LabeledFolder.Open(_folder));
    }

    [Fact]
    public void A_mask_with_an_unknown_class_id_names_it_and_its_place()
    {
        File.WriteAllBytes(Path.Combine(_folder, "masks", "p1.png"), PngWriter.Mask([0, 0, 0, 0, 0, 0, 7, 0], 4, 2, MaskPalette.Of(Schema.Classes)));
        Says("class id 7 at (2, 1)", () => LabeledFolder.Open(_folder).Items[1].Load());
    }

    [Theory]
    [InlineData("masks")]
    [InlineData("depth")]
    public void An_image_without_its_label_is_named(string kind)
    {
        File.Delete(Path.Combine(_folder, kind, "p2.png"));
        Says("image p2 has no label", () => LabeledFolder.Open(_folder));
    }

    [Fact]
    public void Labels_of_another_size_are_refused()
    {
        File.WriteAllBytes(Path.Combine(_folder, "masks", "p0.png"), PngWriter.Mask(new byte[9], 3, 3, MaskPalette.Of(Schema.Classes)));
        Says("3x3, but its image p0.png is 4x2", () => LabeledFolder.Open(_folder).Items[0].Load());
        File.WriteAllBytes(Path.Combine(_folder, "depth", "p1.png"), PngWriter.Gray16(new ushort[2], 2, 1));
        Says("2x1, but its image p1.png is 4x2", () => LabeledFolder.Open(_folder).Items[1].Load());
    }

    [Fact]
    public void An_unreadable_image_is_named()
    {
        File.WriteAllText(Path.Combine(_folder, "images", "p0.png"), "not an image");
        Says("p0.png", () => LabeledFolder.Open(_folder).Items[0].Load());
    }

    [Fact]
    public void Two_images_of_one_id_are_refused()
    {
        File.Copy(Path.Combine(_folder, "images", "p0.png"), Path.Combine(_folder, "images", "p0.jpg"));
        Says("two images are called p0", () => LabeledFolder.Open(_folder));
    }

    [Theory]
    [InlineData("id,a_x,a_y,b_x\n", "line 1 should be 'id,a_x,a_y,a_v,b_x,b_y,b_v'")]
    [InlineData("id,a_x,a_y,a_v,b_x,b_y,b_v\np0,1,1\n", "line 2 has 3 values; it should have 7")]
    [InlineData("id,a_x,a_y,a_v,b_x,b_y,b_v\np0,1,one,2,1,1,2\n", "line 2: 'one' is not a number")]
    [InlineData("id,a_x,a_y,a_v,b_x,b_y,b_v\np0,1,NaN,2,1,1,2\n", "line 2: 'NaN' is not a number")]
    [InlineData("id,a_x,a_y,a_v,b_x,b_y,b_v\np0,1,1,3,1,1,2\n", "visibility '3' of a should be 0, 1 or 2")]
    [InlineData("id,a_x,a_y,a_v,b_x,b_y,b_v\np0,1,1,2,1,1,2\np0,1,1,2,1,1,2\n", "line 3: a second line for image p0")]
    [InlineData("id,a_x,a_y,a_v,b_x,b_y,b_v\np0,1,1,2,1,1,2\n", "no line for image p1")]
    public void A_malformed_keypoint_table_is_refused(string text, string expected)
    {
        File.WriteAllText(Path.Combine(_folder, "keypoints.csv"), text);
        Says(expected, () => LabeledFolder.Open(_folder));
    }

    [Fact]
    public void A_keypoint_outside_its_image_is_refused()
    {
        File.WriteAllText(Path.Combine(_folder, "keypoints.csv"), "id,a_x,a_y,a_v,b_x,b_y,b_v\np0,1,1,2,4,1,2\np1,1,1,2,1,1,0\np2,1,1,2,1,1,0\n");
        Says("b at (4, 1) lies outside the 4x2 image", () => LabeledFolder.Open(_folder).Items[0].Load());
    }

    private static void Says(string expected, Action action)
    {
        var error = Assert.Throws<HandsOffException>(action);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
