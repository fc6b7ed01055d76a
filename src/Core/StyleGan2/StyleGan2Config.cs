using System.Text.Json.Serialization;

namespace HandsOff.Core.StyleGan2;

/// <summary>
/// Shape of a StyleGAN2 network pair (Karras et al. 2020; NVlabs stylegan2-ada-pytorch conventions). Any size
/// Width x Height whose smaller side over its constant is the same power of two: 64x64 grows from 4x4, 64x96 from 4x6.
/// <see cref="BlockCount"/> asks for more blocks from a smaller constant, as some imported networks have it.
/// </summary>
public sealed record StyleGan2Config
{
    /// <summary>Image width in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Image height in pixels.</summary>
    public required int Height { get; init; }

    public int ZDim { get; init; } = 512;

    public int WDim { get; init; } = 512;

    public int MappingLayers { get; init; } = 8;

    /// <summary>Channels at a block of resolution r (smaller side) are min(ChannelBase / r, ChannelMax).</summary>
    public int ChannelBase { get; init; } = 32768;

    public int ChannelMax { get; init; } = 512;

    /// <summary>Group size of the discriminator's minibatch standard deviation.</summary>
    public int MbstdGroup { get; init; } = 4;

    /// <summary>Number of blocks where it is not the one that the smaller side gives: StyleGAN-Human grows 512x1024 from 2x4 in 9.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? BlockCount { get; init; }

    /// <summary>Number of synthesis blocks: 64 px has 5 (4, 8, 16, 32, 64).</summary>
    public int Blocks => BlockCount ?? Log2(Math.Min(Width, Height)) - 1;

    /// <summary>Width of the learned constant.</summary>
    public int ConstWidth => Width >> (Blocks - 1);

    /// <summary>Height of the learned constant.</summary>
    public int ConstHeight => Height >> (Blocks - 1);

    /// <summary>Latents in w+: 2 a block (64 px: 10).</summary>
    public int NumWs => 2 * Blocks;

    /// <summary>Block b's nominal resolution: 4, 8, 16, ... (the smaller side; names follow it: b4, b8, ...).</summary>
    public static int ResolutionOf(int block) => 4 << block;

    /// <summary>Feature channels of block b (0 is the constant's).</summary>
    public int ChannelsOf(int block) => Math.Min(ChannelBase / ResolutionOf(block), ChannelMax);

    /// <summary>
    /// The hypercolumn's taps in order: the constant, b4.conv1, then conv0 and conv1 of each later block; each with its
    /// channels and spatial size. 64 px has 10.
    /// </summary>
    public IReadOnlyList<TapShape> Taps
    {
        get
        {
            var taps = new List<TapShape> { new("const", ChannelsOf(0), ConstHeight, ConstWidth), new("b4.conv1", ChannelsOf(0), ConstHeight, ConstWidth) };
            for (int b = 1; b < Blocks; b++)
                for (int conv = 0; conv < 2; conv++)
                    taps.Add(new($"b{ResolutionOf(b)}.conv{conv}", ChannelsOf(b), ConstHeight << b, ConstWidth << b));
            return taps;
        }
    }

    /// <summary>Checks the figures, naming the one that is wrong.</summary>
    /// <exception cref="HandsOffException">A size that no StyleGAN2 has.</exception>
    public StyleGan2Config Validate()
    {
        int small = Math.Min(Width, Height);
        if (BlockCount is { } blocks)
        {
            if (blocks is < 2 or > 12 || Width < 1 || Height < 1 || Width % (1 << (blocks - 1)) != 0 || Height % (1 << (blocks - 1)) != 0)
                throw HandsOffException.Usage($"image size {Width}x{Height} with {blocks} blocks: both sides must be multiples of 2^(blocks - 1), 2 to 12 blocks");
            small = ResolutionOf(blocks - 1);
        }
        else if (small < 8 || (small & (small - 1)) != 0 || Width % (small / 4) != 0 || Height % (small / 4) != 0)
            throw HandsOffException.Usage($"image size {Width}x{Height}: the smaller side must be a power of two from 8, the larger a multiple of a quarter of it (64x64, 64x96, ...)");
        if (ZDim < 1 || WDim < 1 || MappingLayers < 1 || ChannelBase < small || ChannelMax < 1 || MbstdGroup < 1)
            throw HandsOffException.Usage($"network sizes z={ZDim}, w={WDim}, mapping={MappingLayers}, base={ChannelBase}, max={ChannelMax}, mbstd={MbstdGroup}: all must be positive, base at least {small}");
        return this;
    }

    private static int Log2(int n) => System.Numerics.BitOperations.Log2((uint)n);
}
