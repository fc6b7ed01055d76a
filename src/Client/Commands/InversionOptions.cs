using System.CommandLine;
using HandsOff.Core;
using HandsOff.Core.Evaluation;
using TorchSharp;

namespace HandsOff.Client.Commands;

/// <summary>What <c>train encoder</c> and <c>invert</c> share: the generator, the perceptual distance, the device.</summary>
internal sealed class InversionOptions
{
    private readonly Option<string> _generator = new("--generator") { Description = "The generator: a safetensors file", Required = true };
    private readonly Option<string> _perceptual = new("--perceptual") { Description = "squeeze, alex, vgg (LPIPS), or discriminator, which needs no outside weights", DefaultValueFactory = _ => "squeeze" };
    private readonly Option<string?> _lpips = new("--lpips") { Description = "LPIPS weights, a file or folder (default the installed ones)" };
    private readonly Option<string?> _discriminator = new("--discriminator") { Description = "The discriminator's file, for --perceptual discriminator" };
    private readonly Option<int?> _threads = new("--threads") { Description = "CPU threads (default all)" };
    private readonly Option<string?> _device = new("--device") { Description = "cpu or cuda (default cuda when there is one)" };

    /// <summary>Adds them all to a command.</summary>
    public void AddTo(Command command)
    {
        Option[] all = [_generator, _perceptual, _lpips, _discriminator, _threads, _device];
        foreach (var option in all) command.Add(option);
    }

    /// <summary>Sets the threads and opens the perceptual distance and the generator; the caller disposes both.</summary>
    public (PerceptualLoss Perceptual, HandsOff.Core.StyleGan2.Generator Generator, torch.Device Device) Open(ParseResult parse)
    {
        if (parse.GetValue(_threads) is { } n) torch.set_num_threads(n >= 1 ? n : throw HandsOffException.Usage($"--threads is {n}; it must be 1 or more"));
        var device = DeviceChoice.Of(parse.GetValue(_device));
        var perceptual = PerceptualChoice.Open(parse.GetValue(_perceptual)!, parse.GetValue(_lpips), parse.GetValue(_discriminator), device);
        try
        {
            return (perceptual, HandsOff.Core.StyleGan2.Generator.Load(parse.GetValue(_generator)!, device), device);
        }
        catch
        {
            perceptual.Dispose();
            throw;
        }
    }
}
