using System.CommandLine;
using System.Globalization;
using HandsOff.Core;
using HandsOff.Core.StyleGan2;
using HandsOff.Core.Training;

namespace HandsOff.Client.Commands;

/// <summary>The options of <c>train gan</c> that shape the training: each one given replaces the run's own figure, or the default of a new run.</summary>
internal sealed class TrainGanOptions
{
    private readonly Option<string> _size = new("--size") { Description = "Image size, WxH or one number (default 64)" };
    private readonly Option<int> _zDim = new("--z-dim") { Description = "Length of z (default 128)" };
    private readonly Option<int> _wDim = new("--w-dim") { Description = "Length of w (default 128)" };
    private readonly Option<int> _mapping = new("--mapping-layers") { Description = "Mapping layers (default 4)" };
    private readonly Option<int> _base = new("--channel-base") { Description = "Channels at resolution r are min(base / r, max) (default 2048)" };
    private readonly Option<int> _max = new("--channel-max") { Description = "Most channels (default 64)" };
    private readonly Option<int> _batch = new("--batch") { Description = "Images a step (default 16)" };
    private readonly Option<double> _kimg = new("--kimg") { Description = "Length of the whole run, thousands of images (default 500)" };
    private readonly Option<double> _lr = new("--lr") { Description = "Learning rate (default 0.002)" };
    private readonly Option<double> _gamma = new("--gamma") { Description = "R1 weight (default 0.0002 * pixels / batch)" };
    private readonly Option<double> _ema = new("--ema-kimg") { Description = "Half-life of the averaged generator, thousands of images (default batch * 10 / 32)" };
    private readonly Option<double> _mixing = new("--style-mixing") { Description = "Probability of style mixing (default 0.9)" };
    private readonly Option<int> _path = new("--path-every") { Description = "Steps between path length penalties, 0 for none (default 4)" };
    private readonly Option<AugmentMode> _aug = new("--aug") { Description = "Augmentation of D's inputs: none, ada or fixed (default ada)" };
    private readonly Option<double> _augP = new("--aug-p") { Description = "Augmentation probability: ADA's first value, or the fixed one" };
    private readonly Option<double> _adaTarget = new("--ada-target") { Description = "ADA's target for E[sign(D(real))] (default 0.6)" };
    private readonly Option<double> _adaKimg = new("--ada-kimg") { Description = "Thousands of images in which ADA can go from 0 to 1 (default 500)" };
    private readonly Option<bool> _mirror = new("--mirror") { Description = "Show each image mirrored half of the time" };
    private readonly Option<bool> _noise = new("--noise-inputs") { Description = "Random noise maps into the synthesis layers (default true); false suits domains without fine texture" };
    private readonly Option<bool> _bf16 = new("--bf16") { Description = "bfloat16 convolutions in the main losses (default: where the processor has them)" };
    private readonly Option<double> _warmUp = new("--warmup-kimg") { Description = "Train only the discriminator first, thousands of images (default 0; 2 with --init-from)" };
    private readonly Option<ulong> _seed = new("--seed") { Description = "Seed of everything random (default 0)" };
    private readonly Option<double> _log = new("--log-every") { Description = "Thousands of images between log lines (default 1)" };
    private readonly Option<double> _snapshot = new("--snapshot-every") { Description = "Thousands of images between checkpoints with a sample sheet (default 20)" };
    private readonly Option<int> _keep = new("--keep-every") { Description = "Keep every n-th checkpoint for good; 0 only the latest (default 10)" };
    private readonly Option<double> _metric = new("--metric-every") { Description = "Thousands of images between metric evaluations (default 20)" };

    /// <summary>Adds them all to a command.</summary>
    public void AddTo(Command command)
    {
        Option[] all =
        [
            _size, _zDim, _wDim, _mapping, _base, _max, _batch, _kimg, _lr, _gamma, _ema, _mixing, _path, _aug, _augP, _adaTarget, _adaKimg,
            _mirror, _noise, _bf16, _warmUp, _seed, _log, _snapshot, _keep, _metric,
        ];
        foreach (var option in all) command.Add(option);
    }

    /// <summary>The options in force. A resumed run (<paramref name="resumed"/>) keeps its own unless the command line says otherwise.</summary>
    public GanTrainingOptions Read(ParseResult parse, GanTrainingOptions? resumed, bool grown)
    {
        T Given<T>(Option<T> option, T otherwise) => parse.GetResult(option) is { Implicit: false } ? parse.GetValue(option)! : otherwise;
        double? Maybe(Option<double> option, double? otherwise) => parse.GetResult(option) is { Implicit: false } ? parse.GetValue(option) : otherwise;
        var start = resumed ?? new GanTrainingOptions
        {
            Network = new StyleGan2Config { Width = 64, Height = 64, ZDim = 128, WDim = 128, MappingLayers = 4, ChannelBase = 2048, ChannelMax = 64 },
            WarmUpKimg = grown ? 2 : 0,
        };
        var network = start.Network;
        var (width, height) = Size(Given(_size, $"{network.Width}x{network.Height}"));
        return (start with
        {
            Network = network with
            {
                Width = width,
                Height = height,
                ZDim = Given(_zDim, network.ZDim),
                WDim = Given(_wDim, network.WDim),
                MappingLayers = Given(_mapping, network.MappingLayers),
                ChannelBase = Given(_base, network.ChannelBase),
                ChannelMax = Given(_max, network.ChannelMax),
            },
            Batch = Given(_batch, start.Batch),
            Kimg = Given(_kimg, start.Kimg),
            LearningRate = Given(_lr, start.LearningRate),
            Gamma = Maybe(_gamma, start.Gamma),
            EmaKimg = Maybe(_ema, start.EmaKimg),
            StyleMixing = Given(_mixing, start.StyleMixing),
            PathInterval = Given(_path, start.PathInterval),
            Augment = Given(_aug, start.Augment),
            AugmentProbability = Given(_augP, start.AugmentProbability),
            AdaTarget = Given(_adaTarget, start.AdaTarget),
            AdaKimg = Given(_adaKimg, start.AdaKimg),
            Mirror = Given(_mirror, start.Mirror),
            NoiseInputs = Given(_noise, start.NoiseInputs),
            BFloat16 = Given(_bf16, start.BFloat16),
            WarmUpKimg = Given(_warmUp, start.WarmUpKimg),
            Seed = Given(_seed, start.Seed),
            LogKimg = Given(_log, start.LogKimg),
            SnapshotKimg = Given(_snapshot, start.SnapshotKimg),
            KeepEvery = Given(_keep, start.KeepEvery),
            MetricKimg = Given(_metric, start.MetricKimg),
        }).Validate();
    }

    private static (int Width, int Height) Size(string text)
    {
        string[] sides = text.Split('x');
        if (sides.Length is 1 or 2 && int.TryParse(sides[0], NumberStyles.None, CultureInfo.InvariantCulture, out int width)
            && int.TryParse(sides[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int height)) return (width, height);
        throw HandsOffException.Usage($"--size {text}: it should be a number (64) or width x height (64x96)");
    }
}
