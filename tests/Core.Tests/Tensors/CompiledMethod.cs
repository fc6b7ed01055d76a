namespace HandsOff.Core.Tests.Tensors;

/// <summary>A method of an assembly and what its code calls, or takes the address of, in order.</summary>
internal sealed record CompiledMethod(MethodName Name, bool IsVirtual, IReadOnlyList<MethodName> Calls);
