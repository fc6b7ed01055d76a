using HandsOff.Core.StyleGan2;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Labeling;

/// <summary>
/// The MLPs' first layer without the hypercolumn. Bilinear upsampling is linear per channel, so
/// Linear(upsample(f)) = upsample(Linear(f)): each resolution's taps are multiplied once, at their own size, by that
/// slice of all heads' and members' weights; only the sums are upsampled, by separable interpolation matrices, one tile
/// of label rows at a time, so that the hidden channels never exist at full size.
/// Layout is pixel-major ([pixels, channels]) throughout: channels_last taps are read as they lie.
/// </summary>
internal sealed class FactoredLayer : IDisposable
{
    /// <summary>Hidden sums of a group larger than this are made tile by tile, smaller ones at once.</summary>
    private const long LargestWhole = 24L << 20;

    private readonly int _width;
    private readonly int _hidden;
    private readonly List<TapGroup> _groups = [];
    private readonly List<RowTile> _tiles = [];
    private readonly Tensor _bias;
    private readonly int _slots;

    /// <param name="taps">The taps, in the order of the weight's inputs.</param>
    /// <param name="weight">[Hidden, Features]; copied.</param>
    /// <param name="bias">[Hidden]; copied.</param>
    /// <param name="width">Label width.</param>
    /// <param name="height">Label height.</param>
    /// <param name="tileBytes">Bound on a tile's working set for one sample, in bytes.</param>
    /// <param name="device">Where the taps will lie.</param>
    public FactoredLayer(IReadOnlyList<TapShape> taps, Tensor weight, Tensor bias, int width, int height, long tileBytes, Device device)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        _width = width;
        _hidden = (int)weight.shape[0];
        _bias = bias.detach().clone().to(device).DetachFromDisposeScope();
        int at = 0;
        var slices = taps.Select(t => (Tap: t, At: (at += t.Channels) - t.Channels)).ToList();
        foreach (var group in slices.Select((s, i) => (s.Tap, s.At, Index: i)).GroupBy(s => (s.Tap.Height, s.Tap.Width)).OrderBy(g => (long)g.Key.Height * g.Key.Width))
        {
            var columns = cat([.. group.Select(s => weight.narrow(1, s.At, s.Tap.Channels))], dim: 1).t().contiguous();
            var across = group.Key.Width == width ? null : tensor(Interpolation.Rows(0, width, group.Key.Width, width).Weights);
            bool full = group.Key.Height == height && group.Key.Width == width;
            _groups.Add(new TapGroup(
                group.Key.Height, group.Key.Width, full, [.. group.Select(s => s.Index)],
                columns.detach().clone().to(device).DetachFromDisposeScope(),
                across?.to(device).DetachFromDisposeScope()));
        }

        // A row of the tile costs itself and its share of upsampled source rows; the bound sets the tile's height.
        long rowBytes = (long)width * _hidden * sizeof(float);
        int rows = height;
        while (rows > 1 && rowBytes * (rows + SourceRows(rows, height)) > tileBytes) rows = (rows + 1) / 2;
        _slots = PlaceSlots(rows, height);
        for (int first = 0; first < height; first += rows) _tiles.Add(Tile(first, Math.Min(rows, height - first), height, device));
    }

    /// <summary>Tiles of label rows: first row and count.</summary>
    public IReadOnlyList<RowTile> Tiles => _tiles;

    /// <summary>Begins a batch: taps are [B, C, h, w] and stay the caller's. Its tiles are then read in order.</summary>
    public LayerPass Begin(IReadOnlyList<Tensor> taps)
    {
        var pass = new LayerPass(taps, _groups.Count, zeros([taps[0].shape[0], _slots, (long)_width * _hidden], device: _bias.device).DetachFromDisposeScope());
        for (int g = 0; g < _groups.Count; g++)
        {
            var group = _groups[g];
            long bytes = taps[0].shape[0] * group.Height * group.Width * _hidden * sizeof(float);
            if (group.Full || bytes > LargestWhole) continue;
            using var scope = NewDisposeScope();
            pass.Whole[g] = Sums(g, taps, 0, group.Height).DetachFromDisposeScope();
        }

        return pass;
    }

    /// <summary>The next tile's hidden sums before the ReLU, [B, rows * Width, Hidden]. The caller disposes it.</summary>
    public Tensor Hidden(LayerPass pass, RowTile tile)
    {
        using var scope = NewDisposeScope();
        long b = pass.Taps[0].shape[0];
        Tensor? sum = null;
        for (int g = 0; g < _groups.Count; g++)
        {
            if (_groups[g].Full) sum = Sums(g, pass.Taps, tile.First, tile.Count);
            else Fill(g, pass, tile.Sources[g].From, tile.Sources[g].To);
        }

        if (_slots > 0)
        {
            if (b == 1)
            {
                sum = sum is null ? tile.Down.mm(pass.Rows[0]) : sum.view(tile.Count, (long)_width * _hidden).addmm_(tile.Down, pass.Rows[0], 1, 1);
            }
            else
            {
                var up = tile.Down.unsqueeze(0).expand(b, -1, -1).bmm(pass.Rows);
                sum = sum is null ? up : sum.view(b, tile.Count, (long)_width * _hidden).add_(up, Scalars.One);
            }
        }

        return sum!.view(b, (long)tile.Count * _width, _hidden).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _bias.Dispose();
        foreach (var g in _groups)
        {
            g.Weight.Dispose();
            g.Across?.Dispose();
        }

        foreach (var t in _tiles) t.Down.Dispose();
    }

    /// <summary>The hidden sums [B, rows, w, Hidden] of a group's source rows, at its own size.</summary>
    private Tensor Sums(int g, IReadOnlyList<Tensor> taps, int first, int rows)
    {
        var group = _groups[g];
        var parts = group.Taps.Select(i => taps[i].narrow(2, first, rows).permute(0, 2, 3, 1)).ToArray();
        var features = (parts.Length == 1 ? parts[0] : cat(parts, dim: 3)).reshape(taps[0].shape[0] * rows * group.Width, -1).to(ScalarType.Float32);

        // The bias rides on the smallest group: interpolation weights sum to one.
        var sums = g == 0 ? addmm(_bias, features, group.Weight, 1, 1) : features.mm(group.Weight);
        return sums.view(-1, rows, group.Width, _hidden);
    }

    /// <summary>
    /// Puts a group's source rows From..To, upsampled along the columns, into their slots. Row r always lies in slot r
    /// modulo the group's slots, so rows that neighbouring tiles share are computed once and stay where they are.
    /// </summary>
    private void Fill(int g, LayerPass pass, int from, int to)
    {
        using var scope = NewDisposeScope();
        var group = _groups[g];
        long b = pass.Taps[0].shape[0];
        int fresh = Math.Max(from, pass.Done[g]);
        if (fresh >= to) return;
        var source = pass.Whole[g] is { } whole ? whole.narrow(1, fresh, to - fresh) : Sums(g, pass.Taps, fresh, to - fresh);
        if (group.Across is not null)
            source = group.Across.unsqueeze(0).expand(b * (to - fresh), -1, -1).bmm(source.reshape(b * (to - fresh), group.Width, _hidden));
        source = source.reshape(b, to - fresh, (long)_width * _hidden);
        for (int row = fresh; row < to;)
        {
            int slot = row % group.Slots, count = Math.Min(group.Slots - slot, to - row);
            pass.Rows.narrow(1, group.FirstSlot + slot, count).copy_(source.narrow(1, row - fresh, count));
            row += count;
        }

        pass.Done[g] = to;
    }

    private int SourceRows(int rows, int height) => _groups.Where(g => !g.Full).Sum(g => Math.Min(g.Height, (rows * g.Height / height) + 2));

    /// <summary>Gives every group below label size its slots: as many as the tile that needs most source rows.</summary>
    private int PlaceSlots(int rows, int height)
    {
        int at = 0;
        for (int g = 0; g < _groups.Count; g++)
        {
            if (_groups[g].Full) continue;
            int most = 0;
            for (int first = 0; first < height; first += rows)
            {
                var (from, to) = Interpolation.Range(first, Math.Min(rows, height - first), _groups[g].Height, height);
                most = Math.Max(most, to - from);
            }

            _groups[g] = _groups[g] with { FirstSlot = at, Slots = most };
            at += most;
        }

        return at;
    }

    private RowTile Tile(int first, int count, int height, Device device)
    {
        var sources = new (int From, int To)[_groups.Count];
        var down = new float[count, Math.Max(1, _slots)];
        for (int g = 0; g < _groups.Count; g++)
        {
            var group = _groups[g];
            if (group.Full) continue;
            var (weights, from, to) = Interpolation.Rows(first, count, group.Height, height);
            sources[g] = (from, to);
            for (int i = 0; i < count; i++)
                for (int row = from; row < to; row++)
                    down[i, group.FirstSlot + (row % group.Slots)] = weights[i, row - from];
        }

        return new RowTile(first, count, sources, tensor(down).to(device).DetachFromDisposeScope());
    }

    /// <summary>The taps of one resolution: their weights side by side [C, Hidden] the across-columns matrix [Width, w], and their slots for source rows.</summary>
    private sealed record TapGroup(int Height, int Width, bool Full, int[] Taps, Tensor Weight, Tensor? Across, int FirstSlot = 0, int Slots = 0);
}
