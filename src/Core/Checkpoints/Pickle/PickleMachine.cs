using System.Numerics;
using System.Runtime.InteropServices;

namespace HandsOff.Core.Checkpoints.Pickle;

/// <summary>
/// Reads one pickle of protocol 2 to 5 (PEP 307, 3154, 574) without running anything: a pickle can only mention the
/// names of an <see cref="InertGlobals"/>, whose "constructors" build plain values. Results are null, bool, long,
/// BigInteger, double, string, byte[] slices (ReadOnlyMemory), the Pickle* containers and what those constructors return.
/// </summary>
internal sealed class PickleMachine
{
    private const int MostOpcodes = 50_000_000;
    private const int MostValues = 1_000_000;
    private const int MostMarks = 1_000;

    private readonly PickleSource source;
    private readonly InertGlobals globals;
    private readonly Func<PickleTuple, object?>? persistent;
    private readonly List<object?> stack = [];
    private readonly List<int> marks = [];
    private readonly Dictionary<uint, object?> memo = [];

    private PickleMachine(PickleSource source, InertGlobals globals, Func<PickleTuple, object?>? persistent)
        => (this.source, this.globals, this.persistent) = (source, globals, persistent);

    /// <summary>Reads the next pickle of the source, up to and with its STOP.</summary>
    /// <param name="source">Where to read.</param>
    /// <param name="globals">The names the pickle may mention.</param>
    /// <param name="persistent">What a persistent id stands for (torch's storages); null where there may be none.</param>
    /// <exception cref="PickleException">Broken, too large, or asking for something else.</exception>
    public static object? Read(PickleSource source, InertGlobals globals, Func<PickleTuple, object?>? persistent = null)
        => new PickleMachine(source, globals, persistent).Run();

    private object? Run()
    {
        byte first = source.Byte(), protocol = source.Byte();
        if (first != 0x80) throw new PickleException($"not a pickle of protocol 2 to 5 (it begins with byte 0x{first:x2})");
        if (protocol is < 2 or > 5) throw new PickleException($"a pickle of protocol {protocol}: 2 to 5 can be read");
        for (int n = 0; n < MostOpcodes; n++)
        {
            byte opcode = source.Byte();
            if (opcode == '.') return stack.Count == 1 && marks.Count == 0 ? stack[0] : throw Broken("it ends with values left over");
            Step(opcode);
            if (stack.Count > MostValues) throw Broken($"more than {MostValues} values at once");
        }

        throw Broken($"more than {MostOpcodes} steps");
    }

    private void Step(byte opcode)
    {
        switch (opcode)
        {
            case 0x80: source.Byte(); break; // PROTO again: harmless
            case 0x95: source.Int64(); break; // FRAME: a hint for buffering
            case (byte)'(': Mark(); break;
            case (byte)'0': Pop(); break;
            case (byte)'1': PopToMark(); break;
            case (byte)'2': stack.Add(Top()); break;

            case (byte)'N': stack.Add(null); break;
            case 0x88: stack.Add(true); break;
            case 0x89: stack.Add(false); break;
            case (byte)'K': stack.Add((long)source.Byte()); break;
            case (byte)'M': stack.Add((long)source.UInt16()); break;
            case (byte)'J': stack.Add((long)source.Int32()); break;
            case (byte)'G': stack.Add(source.BigEndianDouble()); break;
            case 0x8a: Integer(source.Byte()); break;
            case 0x8b: Integer(source.Int32()); break;

            case 0x8c: stack.Add(source.Utf8(source.Byte())); break;
            case (byte)'X': stack.Add(source.Utf8(source.UInt32())); break;
            case 0x8d: stack.Add(source.Utf8(source.Int64())); break;
            case (byte)'U': stack.Add(source.Latin1(source.Byte())); break; // Python 2's str
            case (byte)'T': stack.Add(source.Latin1(source.Int32())); break;
            case (byte)'C': stack.Add(source.Bytes(source.Byte())); break;
            case (byte)'B': stack.Add(source.Bytes(source.UInt32())); break;
            case 0x8e or 0x96: stack.Add(source.Bytes(source.Int64())); break;

            case (byte)']' or 0x8f: stack.Add(new PickleList()); break;
            case (byte)'}': stack.Add(new PickleDict()); break;
            case (byte)')': stack.Add(PickleTuple.Empty); break;
            case 0x85: MakeTuple(1); break;
            case 0x86: MakeTuple(2); break;
            case 0x87: MakeTuple(3); break;
            case (byte)'t': stack.Add(new PickleTuple(PopToMark())); break;
            case (byte)'a': Append([Pop()]); break;
            case (byte)'e' or 0x90: Append(PopToMark()); break;
            case 0x91: FrozenSet(); break;
            case (byte)'s': SetOne(); break;
            case (byte)'u': SetItems(PopToMark()); break;

            case (byte)'q': memo[source.Byte()] = Top(); break;
            case (byte)'r': memo[source.UInt32()] = Top(); break;
            case 0x94: memo[(uint)memo.Count] = Top(); break;
            case (byte)'h': Recall(source.Byte()); break;
            case (byte)'j': Recall(source.UInt32()); break;

            case (byte)'c': stack.Add(globals.Find(source.Line(), source.Line())); break;
            case 0x93: StackGlobal(); break;
            case (byte)'R': Call(Pop()); break;
            case 0x81: Call(Pop()); break; // NEWOBJ: the class called with its arguments
            case 0x92: NewWithKeywords(); break;
            case (byte)'b': Build(); break;
            case (byte)'Q': Persistent(); break;
            default: throw new PickleException($"refused: the pickle uses opcode 0x{opcode:x2}, which no checkpoint needs");
        }
    }

    private static PickleException Broken(string why) => new($"broken pickle: {why}");

    private void Integer(int bytes)
    {
        if (bytes is < 0 or > 1024) throw Broken($"an integer of {bytes} bytes");
        var value = new BigInteger(source.Bytes(bytes).Span);
        stack.Add(value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value);
    }

    private void Mark()
    {
        if (marks.Count == MostMarks) throw Broken($"nested deeper than {MostMarks} levels");
        marks.Add(stack.Count);
    }

    private object? Top() => stack.Count > Floor ? stack[^1] : throw Broken("a value is taken from an empty stack");

    private object? Pop()
    {
        object? top = Top();
        stack.RemoveAt(stack.Count - 1);
        return top;
    }

    private int Floor => marks.Count > 0 ? marks[^1] : 0;

    private object?[] PopToMark()
    {
        if (marks.Count == 0) throw Broken("a mark is missing");
        int from = marks[^1];
        marks.RemoveAt(marks.Count - 1);
        object?[] items = CollectionsMarshal.AsSpan(stack)[from..].ToArray();
        stack.RemoveRange(from, stack.Count - from);
        return items;
    }

    private void MakeTuple(int count)
    {
        if (stack.Count - Floor < count) throw Broken("a value is taken from an empty stack");
        object?[] items = CollectionsMarshal.AsSpan(stack)[^count..].ToArray();
        stack.RemoveRange(stack.Count - count, count);
        stack.Add(new PickleTuple(items));
    }

    private void Append(object?[] items)
    {
        if (Top() is not PickleList list) throw Broken("items are added to what is no list");
        foreach (object? item in items) list.Add(item);
    }

    private void FrozenSet()
    {
        var set = new PickleList();
        foreach (object? item in PopToMark()) set.Add(item);
        stack.Add(set);
    }

    private void SetOne()
    {
        object? value = Pop(), key = Pop();
        SetItems([key, value]);
    }

    private void SetItems(object?[] pairs)
    {
        if (Top() is not PickleDict dict) throw Broken("entries are set in what is no dictionary");
        if (pairs.Length % 2 != 0) throw Broken("a key without its value");
        for (int i = 0; i < pairs.Length; i += 2) dict.Set(pairs[i], pairs[i + 1]);
    }

    private void Recall(uint index)
        => stack.Add(memo.TryGetValue(index, out object? value) ? value : throw Broken($"it refers to value {index} before that is there"));

    private void StackGlobal()
    {
        object? name = Pop(), module = Pop();
        if (name is not string n || module is not string m) throw Broken("a global whose name is no text");
        stack.Add(globals.Find(m, n));
    }

    private void Call(object? arguments)
    {
        object? callable = Pop();
        if (arguments is not PickleTuple tuple) throw Broken("a call without a tuple of arguments");
        if (callable is not PickleGlobal { Construct: { } construct })
            throw new PickleException($"refused: the pickle calls {(callable is PickleGlobal g ? $"'{g}'" : "a plain value")}, which no checkpoint needs; nothing was run");
        stack.Add(construct(tuple));
    }

    private void NewWithKeywords()
    {
        if (Pop() is not PickleDict { Count: 0 }) throw new PickleException("refused: the pickle makes an object with keyword arguments, which no checkpoint needs");
        Call(Pop());
    }

    private void Build()
    {
        object? state = Pop();
        if (Top() is not IPickleBuildable target) throw new PickleException("refused: the pickle sets the state of something that has none; nothing was run");
        target.Build(state);
    }

    private void Persistent()
    {
        object? id = Pop();
        if (persistent is null || id is not PickleTuple tuple) throw new PickleException("refused: the pickle refers to data outside itself");
        stack.Add(persistent(tuple));
    }
}
