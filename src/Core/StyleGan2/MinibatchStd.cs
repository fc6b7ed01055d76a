using HandsOff.Core.Tensors;
using static TorchSharp.torch;

namespace HandsOff.Core.StyleGan2;

/// <summary>
/// Minibatch standard deviation (Karras et al. 2018): one more channel, the mean over features and pixels of the standard
/// deviation across a group of images, so that the discriminator sees how varied a batch is.
/// </summary>
internal static class MinibatchStd
{
    /// <summary>
    /// x [B, C, h, w] -> [B, C + 1, h, w]. Image i is grouped with i + B/group, i + 2B/group, ...; the group is the
    /// largest divisor of B that is at most <paramref name="group"/>, so any batch passes (a prime batch above it stands alone: zero).
    /// </summary>
    public static Tensor Append(Tensor x, int group)
    {
        long b = x.shape[0], h = x.shape[2], w = x.shape[3];
        long size = GroupSize(b, group);
        var groups = x.reshape(size, b / size, -1);
        var spread = (groups - groups.mean([0], keepdim: true)).Squared().mean([0]);
        var statistic = spread.Plus(1e-8f).sqrt().mean([1]);
        return cat([x, statistic.repeat(size).reshape(b, 1, 1, 1).expand(b, 1, h, w)], 1);
    }

    /// <summary>Images compared with each other in a batch of <paramref name="batch"/>.</summary>
    public static long GroupSize(long batch, int group)
    {
        long size = Math.Min(group, batch);
        while (batch % size != 0) size--;
        return size;
    }
}
