using System.Text.RegularExpressions;

namespace HandsOff.Core.StyleGan2.Import;

/// <summary>
/// The generator of rosinality's stylegan2-pytorch under NVlabs' names. Its tensors have the same numbers (both hold
/// upsampling kernels unflipped); some have leading dimensions of 1 more.
/// </summary>
internal static partial class RosinalityNames
{
    /// <summary>NVlabs' name of a rosinality name; null for one that is neither a weight nor a fixed kernel.</summary>
    public static string? ToNvlabs(string name)
    {
        if (name == "latent_avg") return "mapping.w_avg";
        if (name == "input.input") return "synthesis.b4.const";
        if (Style().Match(name) is { Success: true } style) return $"mapping.fc{int.Parse(style.Groups[1].Value) - 1}.{style.Groups[2].Value}";
        if (Noise().Match(name) is { Success: true } noise) return $"synthesis.{Conv(int.Parse(noise.Groups[1].Value) - 1)}.noise_const";
        if (Convs().Match(name) is { Success: true } conv)
            return Part(conv.Groups["part"].Value) is { } part ? $"synthesis.{Conv(conv.Groups["n"].Success ? int.Parse(conv.Groups["n"].Value) : -1)}.{part}" : null;
        if (Rgbs().Match(name) is { Success: true } rgb)
            return Part(rgb.Groups["part"].Value) is { } part ? $"synthesis.b{(rgb.Groups["n"].Success ? 8 << int.Parse(rgb.Groups["n"].Value) : 4)}.torgb.{part}" : null;
        return null;
    }

    // Styled convolutions after the first (-1): two a block, 8 px on.
    private static string Conv(int n) => n < 0 ? "b4.conv1" : $"b{8 << (n / 2)}.conv{n % 2}";

    private static string? Part(string part) => part switch
    {
        "conv.weight" => "weight",
        "conv.modulation.weight" => "affine.weight",
        "conv.modulation.bias" => "affine.bias",
        "noise.weight" => "noise_strength",
        "activate.bias" or "bias" => "bias",
        "conv.blur.kernel" or "upsample.kernel" => "resample_filter",
        _ => null,
    };

    [GeneratedRegex(@"^style\.([1-9]\d?)\.(weight|bias)$")]
    private static partial Regex Style();

    [GeneratedRegex(@"^noises\.noise_(\d\d?)$")]
    private static partial Regex Noise();

    [GeneratedRegex(@"^(?:conv1|convs\.(?<n>\d\d?))\.(?<part>conv\..+|noise\.weight|activate\.bias)$")]
    private static partial Regex Convs();

    [GeneratedRegex(@"^(?:to_rgb1|to_rgbs\.(?<n>\d\d?))\.(?<part>conv\..+|bias|upsample\.kernel)$")]
    private static partial Regex Rgbs();
}
