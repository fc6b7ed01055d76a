using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace HandsOff.Core.Tests.Tensors;

/// <summary>Reads the calls out of an assembly's code, without loading it.</summary>
internal static class CompiledAssembly
{
    private static readonly Dictionary<int, OperandType> s_operands = typeof(OpCodes).GetFields().Select(f => (OpCode)f.GetValue(null)!).ToDictionary(o => o.Value & 0xffff, o => o.OperandType);

    public static List<CompiledMethod> Methods(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var metadata = file.GetMetadataReader();
        return [.. metadata.MethodDefinitions.Select(handle =>
        {
            var method = metadata.GetMethodDefinition(handle);
            var calls = method.RelativeVirtualAddress == 0 ? [] : Calls(metadata, file.GetMethodBody(method.RelativeVirtualAddress).GetILReader());
            return new CompiledMethod(Name(metadata, handle)!.Value, method.Attributes.HasFlag(MethodAttributes.Virtual), calls);
        })];
    }

    private static List<MethodName> Calls(MetadataReader metadata, BlobReader code)
    {
        var calls = new List<MethodName>();
        while (code.RemainingBytes > 0)
        {
            int operation = code.ReadByte();
            if (operation == 0xfe) operation = 0xfe00 | code.ReadByte();
            switch (s_operands[operation])
            {
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    code.Offset += 1;
                    break;
                case OperandType.InlineVar:
                    code.Offset += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    code.Offset += 8;
                    break;
                case OperandType.InlineSwitch:
                    int targets = code.ReadInt32();
                    code.Offset += 4 * targets;
                    break;
                case OperandType.InlineMethod or OperandType.InlineTok:
                    if (Name(metadata, MetadataTokens.EntityHandle(code.ReadInt32())) is { } name) calls.Add(name);
                    break;
                default:
                    code.Offset += 4;
                    break;
            }
        }

        return calls;
    }

    private static MethodName? Name(MetadataReader metadata, EntityHandle handle)
    {
        switch (handle.Kind)
        {
            case HandleKind.MethodSpecification:
                return Name(metadata, metadata.GetMethodSpecification((MethodSpecificationHandle)handle).Method);
            case HandleKind.MethodDefinition:
                var method = metadata.GetMethodDefinition((MethodDefinitionHandle)handle);
                return Name(TypeNames.Owner(metadata, method.GetDeclaringType()), metadata.GetString(method.Name), method.DecodeSignature(TypeNames.Instance, default));
            case HandleKind.MemberReference when metadata.GetMemberReference((MemberReferenceHandle)handle) is var member && member.GetKind() == MemberReferenceKind.Method:
                return Name(TypeNames.Owner(metadata, member.Parent), metadata.GetString(member.Name), member.DecodeMethodSignature(TypeNames.Instance, default));
            default:
                return null;
        }
    }

    private static MethodName Name(string type, string name, MethodSignature<string> signature) => new(type, name, string.Join(", ", signature.ParameterTypes), signature.ReturnType);
}
