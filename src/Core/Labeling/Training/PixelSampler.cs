using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Labeling.Training;

/// <summary>Draws a member's pixel batches: every pixel of its photographs once in an order of its own, then a new order.</summary>
internal sealed class PixelSampler : IDisposable
{
    private readonly TrainingSet _set;
    private readonly torch.Generator _random;
    private readonly Tensor _photographs;
    private readonly Tensor? _present;
    private readonly double _sigma;
    private Tensor _order;
    private long _at;

    public PixelSampler(TrainingSet set, int[] photographs, double sigma, ulong seed)
    {
        using var scope = NewDisposeScope();
        _set = set;
        _sigma = sigma;
        _random = new torch.Generator(seed, CPU);
        _photographs = tensor(photographs.Select(p => (long)p).ToArray()).DetachFromDisposeScope();
        _order = Shuffle();
        if (set.Keypoints is null) return;

        // (photograph, keypoint) pairs that are there, as rows.
        var there = set.Keypoints.cpu().index_select(0, _photographs).select(2, 2).gt(Scalars.Of(0)).nonzero();
        if (there.shape[0] > 0) _present = there.DetachFromDisposeScope();
    }

    /// <summary><paramref name="uniform"/> pixels from anywhere and <paramref name="near"/> from around keypoints. In the caller's dispose scope.</summary>
    public PixelBatch Next(int uniform, int near)
    {
        if (_at + uniform > _order.shape[0] && _at > 0)
        {
            _order.Dispose();
            _order = Shuffle();
            _at = 0;
        }

        var drawn = _order.narrow(0, _at, Math.Min(uniform, _order.shape[0]));
        _at += drawn.shape[0];
        var place = drawn.div(Scalars.Of(_set.Pixels), RoundingMode.floor);
        var pixel = drawn - place.Times(_set.Pixels);
        var y = pixel.div(Scalars.Of(_set.Width), RoundingMode.floor);
        var x = pixel - y.Times(_set.Width);
        if (_present is not null && near > 0)
        {
            var chosen = _present.index_select(0, randint(_present.shape[0], [near], ScalarType.Int64, generator: _random));
            var at = chosen.select(1, 0);
            var point = _set.Keypoints!.cpu().index_select(0, _photographs.index_select(0, at)).gather(1, chosen.select(1, 1).view(-1, 1, 1).expand(-1, 1, 3)).squeeze(1);
            var spread = randn([near, 2], ScalarType.Float32, generator: _random).Times(2 * _sigma);
            x = cat([x, point.select(1, 0).Plus(spread.select(1, 0)).round().clamp(Scalars.Of(0), Scalars.Of(_set.Width - 1)).to(ScalarType.Int64)]);
            y = cat([y, point.select(1, 1).Plus(spread.select(1, 1)).round().clamp(Scalars.Of(0), Scalars.Of(_set.Height - 1)).to(ScalarType.Int64)]);
            place = cat([place, at]);
        }

        var device = _set.Masks?.device ?? _set.Depths?.device ?? _set.Keypoints!.device;
        return new PixelBatch(_photographs.index_select(0, place).to(device), y.to(device), x.to(device), (int)drawn.shape[0]);
    }

    public void Dispose()
    {
        _order.Dispose();
        _photographs.Dispose();
        _present?.Dispose();
        _random.Dispose();
    }

    private Tensor Shuffle() => randperm(_photographs.shape[0] * _set.Pixels, ScalarType.Int64, generator: _random).DetachFromDisposeScope();
}
