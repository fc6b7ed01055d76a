using HandsOff.Core.Evaluation.Downstream;
using HandsOff.Core.Evaluation.Experiments;
using HandsOff.Core.Tests.Evaluation.Downstream;

namespace HandsOff.Core.Tests.Evaluation.Experiments;

public sealed class SetSourceTests
{
    [Fact]
    public void Without_classes_a_set_still_teaches_the_rest_and_is_another()
    {
        var source = new SetSource("digest", () => ToyScenes.Set(3));
        using var all = source.Load();
        using var less = source.WithoutClasses().Load();
        Assert.Equal([0, 0], less.ClassPixels());
        Assert.NotEqual([0, 0], all.ClassPixels());
        Assert.True(less.Masks!.eq(255).all().item<bool>());
        Assert.True(less.Images.eq(all.Images).all().item<bool>());
        Assert.True(less.Depth!.eq(all.Depth!).all().item<bool>());
        Assert.True(less.Keypoints!.eq(all.Keypoints!).all().item<bool>());
        Assert.NotEqual(source.Digest, source.WithoutClasses().Digest);
    }
}
