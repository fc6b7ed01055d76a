using HandsOff.Core.Labeling;
using HandsOff.Core.Scenes;

namespace HandsOff.Core.Tests.Scenes;

public sealed class SceneWriterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("scenes").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_written_reads_back_as_rendered()
    {
        string path = Path.Combine(_folder, "set");
        SceneWriter.Write(new SceneRequest { Count = 3, Out = path, Seed = 5, First = 2, Size = 32, Threads = 2 }, null, CancellationToken.None);

        var set = LabeledFolder.Open(path, minimum: 3);
        Assert.Equal(["scene-5-000002", "scene-5-000003", "scene-5-000004"], set.Items.Select(item => item.Id));
        Assert.Equal(SceneSchema.Schema.Keypoints, set.Schema.Keypoints);
        var scene = SceneRenderer.Render(5, 3, 32);
        var image = set.Items[1].Load();
        Assert.Equal(scene.Rgb, image.Rgb);
        Assert.Equal(scene.Mask, image.Mask);
        for (int i = 0; i < scene.Depth.Length; i++) Assert.Equal(scene.Depth[i], image.Depth![i], 0.000051f);
        for (int i = 0; i < scene.Keypoints.Length; i++) Assert.Equal(scene.Keypoints[i], image.Keypoints![i], 0.00051f);
    }

    [Fact]
    public void A_zip_has_the_same_bytes_for_any_number_of_threads()
    {
        byte[] Zip(int threads)
        {
            string path = Path.Combine(_folder, $"{threads}.zip");
            SceneWriter.Write(
                new SceneRequest { Count = 40, Out = path, Size = 16, Threads = threads, ImagesOnly = true, Zip = true }, null, CancellationToken.None);
            return File.ReadAllBytes(path);
        }

        Assert.Equal(Zip(1), Zip(3));
    }

    [Fact]
    public void A_stopped_zip_leaves_nothing_behind()
    {
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        string path = Path.Combine(_folder, "a.zip");
        Assert.ThrowsAny<OperationCanceledException>(() => SceneWriter.Write(
            new SceneRequest { Count = 2, Out = path, Size = 16, ImagesOnly = true, Zip = true }, null, cancel.Token));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void Wrong_requests_and_a_folder_in_use_are_refused_before_work()
    {
        HandsOffException Refused(SceneRequest request) =>
            Assert.Throws<HandsOffException>(() => SceneWriter.Write(request, null, CancellationToken.None));

        string path = Path.Combine(_folder, "x");
        var good = new SceneRequest { Count = 1, Out = path, Size = 16 };
        Assert.Equal(2, Refused(good with { Count = 0 }).ExitCode);
        Assert.Equal(2, Refused(good with { First = -1 }).ExitCode);
        Assert.Equal(2, Refused(good with { Size = 15 }).ExitCode);
        Assert.Equal(2, Refused(good with { Threads = 0 }).ExitCode);
        Assert.Equal(2, Refused(good with { Zip = true }).ExitCode);
        Assert.Contains("not empty", Refused(good with { Out = Directory.GetParent(SceneFile())!.FullName }).Message, StringComparison.Ordinal);
    }

    private string SceneFile()
    {
        string path = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "used")).FullName, "file");
        File.WriteAllText(path, "");
        return path;
    }
}
