using HandsOff.Core.StyleGan2;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Labeling.Training;

/// <summary>
/// The taps of all photographs at their native sizes, standardised per channel, and the features of any pixels by
/// bilinear interpolation of just those. Half precision when float would take over half a gigabyte: the hypercolumn of a
/// 256 px full-width photograph has 1.5 GB, this holds 67 MB of it.
/// </summary>
internal sealed class TapStore : IDisposable
{
    private const long LargestInFloat = 512L << 20;
    private readonly int _width;
    private readonly int _height;
    private readonly List<Group> _groups = [];

    /// <param name="taps">The generator's taps.</param>
    /// <param name="photographs">How many will be stored.</param>
    /// <param name="width">Label width.</param>
    /// <param name="height">Label height.</param>
    /// <param name="device">Where to keep them.</param>
    /// <param name="used">Which taps are learned from; all when null. The features of others are 0 and their deviation infinite, so that no weight of theirs survives.</param>
    public TapStore(IReadOnlyList<TapShape> taps, int photographs, int width, int height, Device device, Func<TapShape, bool>? used = null)
    {
        using var scope = NewDisposeScope();
        _width = width;
        _height = height;
        long floats = photographs * taps.Sum(t => (long)t.Channels * t.Height * t.Width);
        var type = floats * sizeof(float) > LargestInFloat ? ScalarType.Float16 : ScalarType.Float32;
        int at = 0;
        var offsets = taps.Select(t => (at += t.Channels) - t.Channels).ToList();
        foreach (var group in taps.Select((t, i) => (Tap: t, Index: i)).GroupBy(t => (t.Tap.Height, t.Tap.Width)).OrderBy(g => (long)g.Key.Height * g.Key.Width))
        {
            var (h, w) = group.Key;
            int channels = group.Sum(t => t.Tap.Channels);
            var columns = group.SelectMany(t => Enumerable.Range(offsets[t.Index], t.Tap.Channels)).ToArray();
            bool full = h == height && w == width;
            _groups.Add(new Group(
                h, w, used?.Invoke(group.First().Tap) ?? true, [.. group.Select(t => t.Index)], columns,
                empty([(long)photographs * h * w, channels], type, device).DetachFromDisposeScope(),
                full ? null : Axis(height, h, device), full ? null : Axis(width, w, device)));
        }

        Mean = new double[at];
        Deviation = new double[at];
    }

    /// <summary>Mean of each feature (in tap order) as it was before <see cref="Standardise"/>.</summary>
    public double[] Mean { get; }

    /// <summary>Standard deviation of each feature as it was before <see cref="Standardise"/>; 1 where a channel is constant.</summary>
    public double[] Deviation { get; }

    public int Features => Mean.Length;

    /// <summary>The features' place in tap order, for each column that <see cref="Gather"/> gives.</summary>
    public IEnumerable<int> Columns => _groups.SelectMany(g => g.Columns);

    /// <summary>Stores a photograph's taps ([1, C, h, w] each).</summary>
    public void Put(int photograph, IReadOnlyList<Tensor> taps)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var g in _groups)
        {
            var pixels = cat([.. g.Taps.Select(i => taps[i].permute(0, 2, 3, 1).reshape(g.Height * g.Width, -1))], dim: 1);
            g.Values.narrow(0, (long)photograph * g.Height * g.Width, g.Height * g.Width).copy_(pixels);
        }
    }

    /// <summary>
    /// Brings every channel to mean 0 and deviation 1, once all are stored. Interpolation weights sum to one, so this is
    /// the same as standardising the features; the trained first layer takes it back (<see cref="Mean"/>, <see cref="Deviation"/>).
    /// </summary>
    public void Standardise()
    {
        using var noGrad = no_grad();
        foreach (var g in _groups)
        {
            using var scope = NewDisposeScope();
            long rows = g.Values.shape[0], chunk = Math.Max(1, (16 << 20) / (g.Columns.Length * sizeof(float)));
            var sum = zeros(g.Columns.Length, ScalarType.Float64, g.Values.device);
            var squares = zeros(g.Columns.Length, ScalarType.Float64, g.Values.device);
            void Each(Action<Tensor> action)
            {
                for (long first = 0; first < rows; first += chunk)
                {
                    using var inner = NewDisposeScope();
                    action(g.Values.narrow(0, first, Math.Min(chunk, rows - first)));
                }
            }

            Each(part => sum.add_(part.to(ScalarType.Float32).sum(dim: 0).to(ScalarType.Float64), Scalars.One));
            var mean = sum.Over(rows);
            var shift = mean.to(ScalarType.Float32);
            Each(part => squares.add_((part.to(ScalarType.Float32) - shift).Squared().sum(dim: 0).to(ScalarType.Float64), Scalars.One));
            var deviation = squares.Over(rows).sqrt();
            deviation = g.Used ? where(deviation.lt(Scalars.Of(1e-5)), ones_like(deviation), deviation) : full_like(deviation, Scalars.Of(double.PositiveInfinity));
            var scale = deviation.reciprocal().to(ScalarType.Float32);
            Each(part => part.copy_((part.to(ScalarType.Float32) - shift) * scale));
            double[] means = mean.cpu().data<double>().ToArray(), deviations = deviation.cpu().data<double>().ToArray();
            for (int c = 0; c < g.Columns.Length; c++) (Mean[g.Columns[c]], Deviation[g.Columns[c]]) = (means[c], deviations[c]);
        }
    }

    /// <summary>Standardised features [P, Features] (columns in <see cref="Columns"/> order) of pixels given by photograph, row and column, Int64 [P] each. The caller disposes it.</summary>
    public Tensor Gather(Tensor photograph, Tensor y, Tensor x)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var parts = new List<Tensor>();
        foreach (var g in _groups)
        {
            if (g.Rows is null)
            {
                parts.Add(At(g, photograph.Times(g.Height).Plus(y), x));
                continue;
            }

            var (top, bottom, down) = g.Rows.At(y);
            var (left, right, across) = g.Across!.At(x);
            Tensor upper = photograph.Times(g.Height).Plus(top), lower = photograph.Times(g.Height).Plus(bottom);
            var above = At(g, upper, left).lerp_(At(g, upper, right), across);
            var below = At(g, lower, left).lerp_(At(g, lower, right), across);
            parts.Add(above.lerp_(below, down));
        }

        return cat(parts, dim: 1).MoveToOuterDisposeScope();

        static Tensor At(Group g, Tensor row, Tensor column) => g.Values.index_select(0, row.Times(g.Width).Plus(column)).to(ScalarType.Float32);
    }

    public void Dispose()
    {
        foreach (var g in _groups)
        {
            g.Values.Dispose();
            g.Rows?.Dispose();
            g.Across?.Dispose();
        }
    }

    private static AxisTable Axis(int outputs, int inputs, Device device)
    {
        var entries = Enumerable.Range(0, outputs).Select(o => Interpolation.At(o, inputs, outputs)).ToList();
        return new AxisTable(
            tensor(entries.Select(e => (long)e.Low).ToArray()).to(device).DetachFromDisposeScope(),
            tensor(entries.Select(e => (long)e.High).ToArray()).to(device).DetachFromDisposeScope(),
            tensor(entries.Select(e => (float)e.HighWeight).ToArray()).to(device).DetachFromDisposeScope());
    }

    /// <summary>Interpolation along one axis as tables over the label's coordinate.</summary>
    private sealed record AxisTable(Tensor Low, Tensor High, Tensor Weight) : IDisposable
    {
        public (Tensor Low, Tensor High, Tensor Weight) At(Tensor coordinate) =>
            (Low.index_select(0, coordinate), High.index_select(0, coordinate), Weight.index_select(0, coordinate).unsqueeze(1));

        public void Dispose()
        {
            Low.Dispose();
            High.Dispose();
            Weight.Dispose();
        }
    }

    /// <summary>The taps of one resolution, all photographs: Values [photographs * h * w, channels].</summary>
    private sealed record Group(int Height, int Width, bool Used, int[] Taps, int[] Columns, Tensor Values, AxisTable? Rows, AxisTable? Across);
}
