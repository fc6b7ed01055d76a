using HandsOff.Core.Labeling;
using HandsOff.Core.Scenes;

namespace HandsOff.Core.Tests.Scenes;

public sealed class SceneRendererTests
{
    private const int Scenes = 60;

    // Rendered once for all tests of this class.
    private static readonly Lazy<RenderedScene[]> Rendered = new(() => [.. Enumerable.Range(0, Scenes).Select(i => SceneRenderer.Render(11, i))]);

    [Fact]
    public void A_scene_is_the_same_alone_and_among_others_on_many_threads()
    {
        var parallel = new RenderedScene[12];
        Parallel.For(0, parallel.Length, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i => parallel[i] = SceneRenderer.Render(11, i));
        for (int i = 0; i < parallel.Length; i++)
        {
            Assert.Equal(Rendered.Value[i].Rgb, parallel[i].Rgb);
            Assert.Equal(Rendered.Value[i].Mask, parallel[i].Mask);
            Assert.Equal(Rendered.Value[i].Depth, parallel[i].Depth);
            Assert.Equal(Rendered.Value[i].Keypoints, parallel[i].Keypoints);
        }
    }

    [Fact]
    public void Another_seed_or_index_is_another_picture()
    {
        Assert.NotEqual(Rendered.Value[0].Rgb, Rendered.Value[1].Rgb);
        Assert.NotEqual(Rendered.Value[0].Rgb, SceneRenderer.Render(12, 0).Rgb);
    }

    [Fact]
    public void Depth_is_metric_exactly_where_there_is_a_foreground()
    {
        var depth = SceneSchema.Schema.Depth!;
        foreach (var scene in Rendered.Value)
        {
            for (int i = 0; i < scene.Mask.Length; i++)
            {
                if (scene.Mask[i] == 0) Assert.Equal(0f, scene.Depth[i]);
                else Assert.InRange(scene.Depth[i], depth.Min, depth.Max);
            }
        }
    }

    [Fact]
    public void Every_scene_shows_a_face_and_some_show_glasses_and_hats()
    {
        int classes = SceneSchema.Schema.Classes.Count;
        var occurs = new int[classes];
        foreach (var scene in Rendered.Value)
        {
            var present = scene.Mask.ToHashSet();
            Assert.True(present.All(id => id < classes));
            foreach (ScenePart part in new[] { ScenePart.Background, ScenePart.Skin, ScenePart.Eyes, ScenePart.Nose, ScenePart.Mouth, ScenePart.Clothes })
                Assert.True(present.Contains((byte)part), $"no {part}");
            foreach (byte id in present) occurs[id]++;
        }

        foreach (ScenePart part in new[] { ScenePart.Glasses, ScenePart.Hat }) Assert.InRange(occurs[(int)part], 5, Scenes / 2);
        foreach (ScenePart part in new[] { ScenePart.Hair, ScenePart.Brows }) Assert.InRange(occurs[(int)part], Scenes * 8 / 10, Scenes);
    }

    [Theory]
    [InlineData("nose_tip", ScenePart.Nose)]
    [InlineData("left_eye", ScenePart.Eyes)]
    [InlineData("right_eye", ScenePart.Eyes)]
    [InlineData("mouth_center", ScenePart.Mouth)]
    [InlineData("mouth_left", ScenePart.Mouth)]
    [InlineData("chin", ScenePart.Skin)]
    internal void A_seen_keypoint_lies_on_its_part(string name, ScenePart part)
    {
        int k = SceneSchema.Schema.Keypoints.ToList().IndexOf(name), seen = 0, on = 0;
        foreach (var scene in Rendered.Value)
        {
            if (scene.Keypoints[3 * k + 2] < 2) continue;
            seen++;
            // Within a pixel: the point may lie on the part's border.
            int x = (int)MathF.Round(scene.Keypoints[3 * k]), y = (int)MathF.Round(scene.Keypoints[3 * k + 1]);
            bool hit = false;
            for (int dy = -1; dy <= 1; dy++)
                for (int dx = -1; dx <= 1; dx++)
                    if (x + dx is >= 0 and < 64 && y + dy is >= 0 and < 64) hit |= scene.Mask[(y + dy) * 64 + x + dx] == (byte)part;
            if (hit) on++;
        }

        Assert.True(seen > Scenes / 2, $"{name} seen in {seen} of {Scenes}");
        Assert.True(on >= 0.95 * seen, $"{name} on its part in {on} of {seen}");
    }

    [Fact]
    public void Left_is_the_characters_left_and_some_ears_are_hidden_by_hair()
    {
        var names = SceneSchema.Schema.Keypoints.ToList();
        int left = 3 * names.IndexOf("left_eye"), right = 3 * names.IndexOf("right_eye"), ear = 3 * names.IndexOf("left_ear");
        Assert.All(Rendered.Value, scene => Assert.True(scene.Keypoints[left] > scene.Keypoints[right] + 5));
        int hidden = Rendered.Value.Count(scene => scene.Keypoints[ear + 2] == 1);
        Assert.InRange(hidden, Scenes / 10, Scenes * 9 / 10);
    }

    [Fact]
    public void The_schema_is_consistent()
    {
        var schema = SceneSchema.Schema;
        Assert.Equal(LabelKinds.Segmentation | LabelKinds.Keypoints | LabelKinds.Depth, schema.Kinds);
        Assert.Equal(Enum.GetValues<ScenePart>().Length, schema.Classes.Count);
        Assert.Equal(Enum.GetNames<ScenePart>().Select(name => name.ToLowerInvariant()), schema.Classes.Select(c => c.Name));
        Assert.All(schema.KeypointFlip.Select((to, from) => (to, from)), pair => Assert.Equal(pair.from, schema.KeypointFlip[pair.to]));
    }

    [Fact]
    public void A_size_out_of_range_is_wrong_usage() =>
        Assert.Equal(HandsOffException.WrongUsage, Assert.Throws<HandsOffException>(() => SceneRenderer.Render(1, 0, 8)).ExitCode);
}
