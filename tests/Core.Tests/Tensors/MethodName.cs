namespace HandsOff.Core.Tests.Tensors;

/// <summary>A method as metadata name it, equal in the assembly that has it and in one that calls it. Nested types follow a slash.</summary>
internal readonly record struct MethodName(string Type, string Name, string Parameters, string Returns)
{
    public override string ToString() => $"{Type}.{Name}({Parameters})";
}
