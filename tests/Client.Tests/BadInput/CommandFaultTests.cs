using System.Text;
using HandsOff.Client.Commands;
using HandsOff.Core;
using HandsOff.Core.Pairs;
using HandsOff.Silo.Commands;

namespace HandsOff.Client.Tests.BadInput;

/// <summary>Wrong command lines, unwritable places, pickles that ask for more than tensors, and faults nobody foresaw.</summary>
public sealed class CommandFaultTests : IDisposable
{
    private readonly Faults faults = new();

    public void Dispose() => faults.Dispose();

    [Theory]
    [InlineData("--frobnicate", "pair", "inspect", "x", "--frobnicate")]
    [InlineData("frobnicate", "frobnicate")]
    [InlineData("--out", "import", "file.pkl")]
    [InlineData("'discriminator'", "import", "file.pkl", "--out", "x", "--as", "discriminator")]
    [InlineData("--generator", "import", "file.pkl", "--out", "x", "--as", "labeler")]
    [InlineData("many", "scenes", "render", "--count", "many", "--out", "x")]
    public Task A_wrong_command_line_exits_with_2(string says, params string[] arguments) => Faults.RefusedAsync(HandsOffException.WrongUsage, says, arguments);

    [Fact]
    public async Task A_pickle_that_asks_for_code_is_refused_and_writes_nothing()
    {
        string marker = faults.At("ran");
        byte[] pickle = [0x80, 2, .. Encoding.Latin1.GetBytes($"cos\nsystem\nU{(char)(6 + marker.Length)}touch {marker}"), 0x85, (byte)'R', (byte)'.'];
        File.WriteAllBytes(faults.At("evil.pkl"), pickle);
        await Faults.RefusedAsync(1, "evil.pkl: refused: the pickle asks for 'os.system'", "import", faults.At("evil.pkl"), "--out", faults.At("out"));
        Assert.False(File.Exists(marker));
        Assert.False(Directory.Exists(faults.At("out")));
    }

    [Theory]
    [InlineData("/proc/handsoff")]
    [InlineData("file/below")]
    public async Task A_place_that_cannot_be_written_is_named(string place)
    {
        File.WriteAllText(faults.At("file"), "");
        string target = place[0] == '/' ? place : faults.At(place);
        await Faults.RefusedAsync(1, place[0] == '/' ? place : faults.At("file"), "import", Path.Combine(faults.Pair, PairManifest.GeneratorFile), "--out", target);
        await Faults.RefusedAsync(1, place[0] == '/' ? place : faults.At("file"), "scenes", "render", "--count", "1", "--size", "16", "--out", target);
    }

    [Fact]
    public void A_fault_nobody_foresaw_is_one_line_too()
    {
        var (line, code) = CommandRunner.Explain(new InvalidOperationException("first\n   at second()\n"));
        Assert.Equal((1, false), (code, line.Contains('\n')));
        Assert.Contains("first", line);
        Assert.Contains("HANDSOFF_DEBUG", line);
        Assert.Equal(("mend this", 2), CommandRunner.Explain(new AggregateException(new InvalidOperationException("noise"), HandsOffException.Usage("mend this"))));
        Assert.Equal(1, CommandRunner.Explain(new OperationCanceledException()).Code);
    }
}
