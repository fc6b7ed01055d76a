using HandsOff.Core.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.Checkpoints;

/// <summary>The formats, read from files that Python's own pickler wrote (Reference/make_pickles.py).</summary>
public sealed class CheckpointReaderTests
{
    [Theory]
    [InlineData("types_zip.pt")]
    [InlineData("types_old.pt")]
    public void Every_element_type_and_strided_view_is_read(string name)
    {
        using var scope = NewDisposeScope();
        var state = CheckpointReader.ReadStateDict(SharedData.Reference(name));
        foreach (var t in state.Values) scope.Attach(t);

        Check("float", ScalarType.Float32, [2, 3], 0, 1, 2, 3, 4, 5);
        Check("half", ScalarType.Float16, [3], 1, -2, 0.5);
        Check("bfloat16", ScalarType.BFloat16, [3], 1, -2, 0.5);
        Check("double", ScalarType.Float64, [2], 1e300, -2);
        Check("long", ScalarType.Int64, [2], 1L << 40, -2);
        Check("int", ScalarType.Int32, [2], 1 << 30, -2);
        Check("short", ScalarType.Int16, [2], 1 << 14, -2);
        Check("char", ScalarType.Int8, [2], 100, -2);
        Check("byte", ScalarType.Byte, [2], 200, 3);
        Check("bool", ScalarType.Bool, [2], 1, 0);
        Check("scalar", ScalarType.Float32, [], 7);
        Check("empty", ScalarType.Float32, [0, 3]);
        Check("transposed", ScalarType.Float32, [4, 3], 0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11);
        Check("window", ScalarType.Float32, [2, 2], 5, 6, 9, 10);
        Check("expanded", ScalarType.Float32, [2, 3], 3, 4, 5, 3, 4, 5);
        Assert.Equal(15, state.Count);

        void Check(string key, ScalarType type, long[] shape, params double[] values)
        {
            Assert.Equal(type, state[key].dtype);
            Assert.Equal(shape, state[key].shape);
            if (values.Length > 0) Assert.Equal(values, state[key].to(ScalarType.Float64).data<double>().ToArray());
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Plain_values_of_every_protocol_are_read_around_the_tensors(int protocol)
    {
        var state = CheckpointReader.ReadStateDict(SharedData.Reference($"values_p{protocol}.pkl"));
        Assert.Equal(["nested.1.x", "ordered.a"], state.Keys.Order());
        foreach (var t in state.Values)
        {
            Assert.Equal([0f, 1, 2, 3, 4, 5], t.data<float>().ToArray());
            t.Dispose();
        }
    }

    [Fact]
    public void A_DatasetGAN_member_has_its_own_names_without_the_data_parallel_prefix()
    {
        using var scope = NewDisposeScope();
        var state = CheckpointReader.ReadStateDict(SharedData.Reference("model_0.pth"));
        foreach (var t in state.Values) scope.Attach(t);
        var (expected, _) = HandsOff.Core.Tensors.SafeTensors.Read(SharedData.Reference("labeler_16.safetensors"));
        foreach (var t in expected.Values) scope.Attach(t);
        foreach (var (name, value) in expected.Where(e => e.Key.StartsWith("member0.")))
            Assert.True(value.eq(state[name["member0.".Length..]]).all().ToBoolean(), name);
        Assert.Equal([24L, 96], state["layers.0.weight"].shape);
    }

    [Fact]
    public void A_networks_pickle_gives_its_averaged_generator()
    {
        var state = CheckpointReader.ReadStateDict(SharedData.Reference("nvlabs_16.pkl"));
        Assert.Contains("synthesis.b16.torgb.affine.bias", state.Keys);
        Assert.DoesNotContain(state.Keys, k => k.StartsWith('D') || k.StartsWith('G'));
        foreach (var t in state.Values) t.Dispose();
    }

    [Fact]
    public void Reading_leaves_no_tensor_behind()
    {
        string path = SharedData.Reference("types_zip.pt");
        foreach (var t in CheckpointReader.ReadStateDict(path).Values) t.Dispose();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        foreach (var t in CheckpointReader.ReadStateDict(path).Values) t.Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
