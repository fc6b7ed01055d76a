using HandsOff.Core.Sampling;

namespace HandsOff.Core.Tests.Sampling;

public sealed class PhiloxTests
{
    // Random123's kat_vectors, philox4x32 with 10 rounds.
    [Fact]
    public void Known_answers_of_Random123()
    {
        Assert.Equal((0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u), Philox.Block(0, 0, 0, 0, 0, 0));
        const uint f = uint.MaxValue;
        Assert.Equal((0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu), Philox.Block(f, f, f, f, f, f));
        Assert.Equal(
            (0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u),
            Philox.Block(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0));
    }

    [Fact]
    public void Portable_functions_agree_with_the_platforms()
    {
        uint word = 1;
        for (int i = 0; i < 20_000; i++)
        {
            word = word * 1664525 + 1013904223;
            Assert.Equal(Math.Log((word + 0.5) / 4294967296.0), PortableMath.LogUniform(word), 1e-14);
            var (sin, cos) = PortableMath.SinCosTurn(word);
            Assert.Equal(Math.Sin(word / 4294967296.0 * 2 * Math.PI), sin, 2e-15);
            Assert.Equal(Math.Cos(word / 4294967296.0 * 2 * Math.PI), cos, 2e-15);
        }

        Assert.Equal(Math.Log(0.5 / 4294967296.0), PortableMath.LogUniform(0), 1e-13);
        Assert.Equal((0.0, 1.0), PortableMath.SinCosTurn(0));
    }
}
