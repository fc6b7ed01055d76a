using System.Buffers.Binary;
using System.Text;
using HandsOff.Core.Tensors;

namespace HandsOff.Core.Tests.Tensors;

public sealed class SafeTensorsTests
{
    [Theory]
    [InlineData("[-1,-4]", "[0,16]", "does not fit its bytes")]
    [InlineData("[-1,0]", "[0,0]", "does not fit its bytes")]
    [InlineData("[4611686018427387904,4]", "[0,16]", "does not fit its bytes")]
    [InlineData("[65536,65536,65536,65536]", "[0,0]", "does not fit its bytes")]
    [InlineData("[4]", "[0,-16]", "does not fit its bytes")]
    [InlineData("[4]", "[9223372036854775807,9223372036854775807]", "does not fit its bytes")]
    [InlineData("[4]", "[0]", "has 1 data_offsets, not 2")]
    [InlineData("[4]", "[0,16,16]", "has 3 data_offsets, not 2")]
    [InlineData("[4.5]", "[0,16]", "without dtype, shape or data_offsets")]
    [InlineData("4", "[0,16]", "without dtype, shape or data_offsets")]
    public void A_header_that_promises_the_impossible_is_refused(string shape, string offsets, string says)
    {
        string header = $$$"""{"a":{"dtype":"F32","shape":{{{shape}}},"data_offsets":{{{offsets}}}}}""";
        byte[] file = new byte[8 + header.Length + 16];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        Encoding.ASCII.GetBytes(header, file.AsSpan(8));
        var error = Assert.Throws<HandsOffException>(() => SafeTensors.Parse(file, "weights"));
        Assert.StartsWith("weights: not a whole safetensors file: ", error.Message);
        Assert.Contains(says, error.Message);
    }
}
