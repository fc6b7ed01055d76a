using HandsOff.Client.Tests.Support;
using HandsOff.Core.Imaging;
using HandsOff.Core.Training;

namespace HandsOff.Client.Tests;

public sealed class TrainGanCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("handsoff-train-cli-").FullName;

    public TrainGanCommandTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "images"));
        for (int i = 0; i < 4; i++)
            File.WriteAllBytes(Path.Combine(_folder, "images", $"{i}.png"), PngWriter.Rgb([.. Enumerable.Range(0, 8 * 8 * 3).Select(p => (byte)(p * (i + 1)))], 8, 8));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_run_is_begun_stopped_at_its_length_and_resumed_to_a_longer_one()
    {
        Assert.Equal(0, await Train("--size", "8", "--z-dim", "8", "--w-dim", "8", "--channel-base", "64", "--channel-max", "8", "--batch", "4", "--kimg", "0.008", "--seed", "3", "--threads", "1"));
        Assert.True(File.Exists(Path.Combine(_folder, "run", "generator.safetensors")));
        Assert.Equal(2, await Train("--size", "8"));
        Assert.Equal(0, await Train("--resume", "--kimg", "0.016"));
        var options = GanTrainer.OptionsOf(Path.Combine(_folder, "run"));
        Assert.Equal((3UL, 4, 0.016, 8), (options.Seed, options.Batch, options.Kimg, options.Network.ChannelMax));
    }

    [Theory]
    [InlineData(2, "--size", "9")]
    [InlineData(2, "--size", "wide")]
    [InlineData(2, "--batch", "5")]
    [InlineData(2, "--kimg", "0")]
    [InlineData(2, "--aug", "sometimes")]
    [InlineData(2, "--seed", "18446744073709551616")]
    [InlineData(2, "--minutes", "0")]
    [InlineData(2, "--threads", "0")]
    [InlineData(2, "--device", "abacus")]
    [InlineData(2, "--resume")]
    [InlineData(2, "--resume", "--init-from", "other")]
    [InlineData(2, "--nonsense")]
    [InlineData(1, "--size", "16")]
    [InlineData(1, "--size", "8", "--init-from", "nowhere")]
    [InlineData(1, "--size", "8", "--list", "nowhere.txt")]
    [InlineData(1, "--size", "8", "--held-out", "nowhere")]
    public async Task A_wrong_command_line_is_refused_before_any_step(int expected, params string[] arguments)
    {
        Assert.Equal(expected, await Train(arguments));
        Assert.False(File.Exists(Path.Combine(_folder, "run", "log.csv")));
    }

    private async Task<int> Train(params string[] arguments) =>
        (await Cli.RunAsync(["train", "gan", "--out", Path.Combine(_folder, "run"), "--data", Path.Combine(_folder, "images"), .. arguments])).Code;
}
