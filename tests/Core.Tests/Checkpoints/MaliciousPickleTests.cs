using System.IO.Compression;
using System.Text;
using HandsOff.Core.Checkpoints;

namespace HandsOff.Core.Tests.Checkpoints;

/// <summary>Pickles that ask for more than a checkpoint needs, and files that are no checkpoint: each refused by one clear line.</summary>
public sealed class MaliciousPickleTests
{
    private const string Proto2 = "\x80\x02", Proto4 = "\x80\x04";

    [Fact]
    public void A_pickle_that_calls_os_system_is_refused_by_name_and_runs_nothing()
    {
        string marker = Path.Combine(Path.GetTempPath(), "handsoff-pickle-" + Guid.NewGuid().ToString("N"));
        AssertRefused(Proto2 + $"cos\nsystem\nX\x0c\0\0\0touch {marker[..6]}\x85R.", "'os.system'");
        AssertRefused(Proto2 + $"cposix\nsystem\nU{(char)(6 + marker.Length)}touch {marker}\x85R.", "'posix.system'");
        Assert.False(File.Exists(marker));
    }

    [Theory]
    [InlineData("builtins", "eval")]
    [InlineData("builtins", "getattr")]
    [InlineData("__builtin__", "exec")]
    [InlineData("subprocess", "Popen")]
    [InlineData("torch", "load")]
    [InlineData("torch.serialization", "load")]
    [InlineData("torch.hub", "load")]
    [InlineData("numpy", "load")]
    [InlineData("collections", "deque")]
    [InlineData("torch_utils.persistence", "_src_to_module")]
    public void Any_global_beyond_the_whitelist_is_refused_by_name(string module, string name)
    {
        AssertRefused(Proto2 + $"c{module}\n{name}\n.", $"'{module}.{name}'");
        AssertRefused(Proto4 + $"\x8c{(char)module.Length}{module}\x8c{(char)name.Length}{name}\x93.", $"'{module}.{name}'");
    }

    [Fact]
    public void A_name_cannot_smuggle_control_characters_into_the_message()
    {
        var e = Refused(Encoding.Latin1.GetBytes(Proto4 + "\x8c\x06" + "a\r\nb\x1b[\x8c\x01x\x93."));
        Assert.DoesNotContain('\x1b', e.Message);
        Assert.DoesNotContain('\n', e.Message);
        AssertRefused(Proto2 + "c" + new string('a', 600) + "\nx\n.", "longer than 512");
    }

    [Fact]
    public void A_TensorFlow_pickle_is_refused_with_the_way_to_convert_it()
        => AssertRefused(Proto2 + "cdnnlib.tflib.network\nNetwork\n.", "legacy.py");

    [Theory]
    [InlineData("K\x01)R.")] // calls a number
    [InlineData("ctorch\nFloatStorage\n)R.")] // calls a name that is only mentioned
    [InlineData("ccollections\nOrderedDict\n)\x81K\x01)b.")] // builds on a number
    [InlineData("i__builtin__\neval\n.")] // INST, a protocol 0 way to call
    [InlineData("\x82\x01.")] // an extension code
    [InlineData("\x97.")] // out-of-band data
    [InlineData("X\x01\0\0\0aQ.")] // a persistent id outside torch files
    public void Other_ways_to_reach_code_or_data_are_refused(string body) => AssertRefused(Proto2 + body, "refused");

    [Fact]
    public void Deep_nesting_is_refused_before_anything_runs_out()
    {
        AssertRefused(Proto2 + new string('(', 100_000), "nested deeper");
        AssertRefused(Proto2 + ")" + new string('\x85', 100_000) + ".", "nested deeper");
        AssertRefused(Proto2 + new string(']', 2_000) + new string('a', 1_999) + ".", "nested deeper");
        AssertRefused(Proto2 + "]q\0" + string.Concat(Enumerable.Repeat("h\0a", 1_000)) + ".", "nested deeper"); // a list in itself, again and again
    }

    [Fact]
    public void Huge_lengths_are_refused_before_memory_is_taken()
    {
        AssertRefused(Proto4 + "\x8e\xff\xff\xff\xff\xff\xff\xff\x7f", "claimed");
        AssertRefused(Proto4 + "\x8e\xff\xff\xff\xff\xff\xff\xff\xff", "claimed");
        AssertRefused(Proto4 + "\x8d\0\0\0\0\x01\0\0\0", "claimed");
        AssertRefused(Proto2 + "B\xff\xff\xff\xff", "claimed");
        AssertRefused(Proto2 + "T\xff\xff\xff\xff", "claimed");
        AssertRefused(Proto2 + "\x8b\xff\xff\xff\x7f", "integer");
        AssertRefused(Proto2 + "\x8b\xff\xff\xff\xff", "integer");
    }

    [Fact]
    public void Memo_and_stack_abuse_are_refused()
    {
        AssertRefused(Proto2 + "h\x07.", "before that is there");
        AssertRefused(Proto2 + "j\xff\xff\xff\xff.", "before that is there");
        AssertRefused(Proto2 + "q\0.", "empty stack");
        AssertRefused(Proto2 + "0.", "empty stack");
        AssertRefused(Proto2 + "t.", "mark");
        AssertRefused(Proto2 + "K\x01(0.", "empty stack"); // below a mark
        AssertRefused(Proto2 + "}K\x01(u.", "dictionary");
        AssertRefused(Proto2 + "}(K\x01u.", "without its value");
        AssertRefused(Proto2 + "K\x01K\x02.", "left over");
        AssertRefused(Proto2 + "N" + new string('2', 1_100_000) + ".", "values at once");
        // A far memo index is a mere number here: no table of that size.
        Assert.Contains("no tensors", Refused(Encoding.Latin1.GetBytes(Proto2 + "}r\xff\xff\xff\xff.")).Message);
    }

    [Fact]
    public void Exponentially_shared_parts_are_refused()
    {
        var body = new StringBuilder(Proto2 + "]q\0");
        for (int i = 1; i < 60; i++) body.Append("](h").Append((char)(i - 1)).Append('h').Append((char)(i - 1)).Append("eq").Append((char)i);
        // Each list but the last is dropped from the stack; each holds the one before twice.
        string nested = body.ToString();
        var bytes = Encoding.Latin1.GetBytes(nested + string.Concat(Enumerable.Repeat("\x86", 1)) + string.Concat(Enumerable.Repeat("\x86", 58)) + ".");
        Assert.Contains("refused", Refused(bytes).Message);
    }

    [Fact]
    public void A_tensor_outside_its_storage_is_refused()
    {
        foreach (string view in (string[])["K\x01K\x04\x85K\x01\x85", "K\0K\x05\x85K\x01\x85", "K\0K\x04\x85K\x02\x85", "J\xff\xff\xff\xffK\x01\x85K\x01\x85", "K\0J\xff\xff\xff\xff\x85K\x01\x85", "K\0K\x01\x85J\xff\xff\xff\xff\x85",
            "K\0\x8a\x08\0\0\0\0\0\0\0\x40K\x08\x86K\0K\0\x86", "K\0\x8a\x05\0\0\0\0\x01\x85K\0\x85"])
            AssertRefused(Zip(StateDict(view), [1, 2, 3, 4]), "does not fit its storage");
        using var good = new TempFile(Zip(StateDict("K\0K\x04\x85K\x01\x85"), [1, 2, 3, 4]));
        var state = CheckpointReader.ReadStateDict(good.Path);
        Assert.Equal([1, 2, 3, 4], state["x"].bytes.ToArray());
        state["x"].Dispose();
    }

    [Fact]
    public void Broken_zip_checkpoints_are_refused()
    {
        byte[] data = StateDict("K\0K\x04\x85K\x01\x85");
        AssertRefused(Zip(data, [1, 2, 3]), "3 bytes where");
        AssertRefused(Zip(data, null), "missing");
        AssertRefused(Zip(data, [1, 2, 3, 4], ("byteorder", "big")), "little-endian");
        AssertRefused(Zip(data, [1, 2, 3, 4], ("constants.pkl", "")), "TorchScript");
        AssertRefused(Zip(data, [1, 2, 3, 4], CompressionLevel.Optimal), "compressed");
        AssertRefused(Zip(null, null), "data.pkl");
        AssertRefused(Zip(data, [1, 2, 3, 4])[..200], "");
    }

    [Fact]
    public void A_nested_storage_may_hold_no_pickle_that_asks_for_more()
    {
        AssertRefused(Nested("\x80\x02\x8a\x0al\xfc\x9c\x46\xf9\x20j\xa8\x50\x19." + Proto2 + "cos\nsystem\n."), "'os.system'");
        AssertRefused(Nested(Proto2 + "ctorch.storage\n_load_from_bytes\n."), "'torch.storage._load_from_bytes'");
        AssertRefused(Nested(Proto2 + "K\x01."), "torch.save");
        AssertRefused(Nested(""), "cut short");
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("<!DOCTYPE html><html>", "web page")]
    [InlineData("version https://git-lfs.github.com/spec/v1", "Git LFS")]
    [InlineData("just some text that is longer than a header", "neither")]
    [InlineData("\x80", "neither")]
    [InlineData("\x80\0abc", "protocol 0")]
    [InlineData("\x80\tabc", "protocol 9")]
    [InlineData("(dp0\n.", "neither")]
    public void Files_that_are_no_checkpoint_are_named_as_such(string content, string expected) => AssertRefused(content, expected);

    [Fact]
    public void Every_truncation_of_a_real_checkpoint_is_refused()
    {
        foreach (string name in (string[])["types_old.pt", "types_zip.pt", "values_p4.pkl"])
        {
            byte[] whole = File.ReadAllBytes(SharedData.Reference(name));
            for (int length = 0; length < whole.Length; length += 37) Refused(whole[..length]);
        }
    }

    [Fact]
    public void No_flipped_byte_of_a_checkpoint_ends_in_anything_but_tensors_or_a_clear_refusal()
    {
        foreach (string name in (string[])["types_old.pt", "values_p4.pkl", "values_p2.pkl"])
        {
            byte[] whole = File.ReadAllBytes(SharedData.Reference(name));
            for (int i = 0; i < whole.Length; i++)
            {
                byte[] bytes = [.. whole];
                bytes[i] ^= (byte)(1 << (i % 8));
                using var file = new TempFile(bytes);
                try
                {
                    foreach (var tensor in CheckpointReader.ReadStateDict(file.Path).Values) tensor.Dispose();
                }
                catch (HandsOffException e)
                {
                    Assert.DoesNotContain('\n', e.Message);
                }
            }
        }
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_named()
    {
        Assert.Contains("none.pt", Assert.Throws<HandsOffException>(() => CheckpointReader.ReadStateDict("/nowhere/none.pt")).Message);
        Assert.Contains(Path.GetTempPath(), Assert.Throws<HandsOffException>(() => CheckpointReader.ReadStateDict(Path.GetTempPath())).Message);
    }

    private static void AssertRefused(string latin1, string expected) => AssertRefused(Encoding.Latin1.GetBytes(latin1), expected);

    private static void AssertRefused(byte[] bytes, string expected)
    {
        string message = Refused(bytes).Message;
        Assert.Contains(expected, message);
        Assert.DoesNotContain('\n', message);
    }

    private static HandsOffException Refused(byte[] bytes)
    {
        using var file = new TempFile(bytes);
        var e = Assert.Throws<HandsOffException>(() => CheckpointReader.ReadStateDict(file.Path));
        Assert.StartsWith(file.Path, e.Message);
        return e;
    }

    // {'x': tensor of a ByteStorage of 4}, the view's offset, shape and strides given as opcodes.
    private static byte[] StateDict(string view) => Encoding.Latin1.GetBytes(
        Proto2 + "}X\x01\0\0\0xctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nByteStorage\nX\x01\0\0\0" + "0X\x03\0\0\0cpuK\x04tQ" + view + "tRs.");

    private static string Nested(string blob) => Proto4 + "\x8c\x0dtorch.storage\x8c\x10_load_from_bytes\x93" + $"C{(char)blob.Length}{blob}\x85R.";

    private static byte[] Zip(byte[]? pickle, byte[]? storage, params (string Name, string Text)[] more) => Zip(pickle, storage, CompressionLevel.NoCompression, more);

    private static byte[] Zip(byte[]? pickle, byte[]? storage, CompressionLevel level, params (string Name, string Text)[] more)
    {
        var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            void Add(string name, byte[] bytes)
            {
                using var entry = zip.CreateEntry("archive/" + name, level).Open();
                entry.Write(bytes);
            }

            if (pickle is not null) Add("data.pkl", pickle);
            if (storage is not null) Add("data/0", storage);
            foreach (var (name, text) in more) Add(name, Encoding.ASCII.GetBytes(text));
            Add("version", "3\n"u8.ToArray());
        }

        return stream.ToArray();
    }
}
