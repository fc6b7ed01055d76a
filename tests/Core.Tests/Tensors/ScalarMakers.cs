using TorchSharp;

namespace HandsOff.Core.Tests.Tensors;

/// <summary>
/// The methods of TorchSharp that make a scalar nobody holds: those that return one, those that call such a method, and so on up. An object whose
/// virtual methods do (an optimizer, a module) makes them from its constructor on, as calls of those do not tell which object's they are.
/// </summary>
internal static class ScalarMakers
{
    public static IReadOnlySet<MethodName> All { get; } = Find();

    private static HashSet<MethodName> Find()
    {
        var methods = CompiledAssembly.Methods(typeof(Scalar).Assembly.Location);
        var makers = methods.Select(m => m.Name).Where(n => n.Returns == "TorchSharp.Scalar").ToHashSet();
        var constructors = methods.Select(m => m.Name).Where(n => n.Name == ".ctor").ToLookup(n => n.Type);
        for (int before = 0; before != makers.Count;)
        {
            before = makers.Count;
            foreach (var method in methods.Where(m => m.Calls.Any(makers.Contains)))
            {
                makers.Add(method.Name);

                // A tensor prints its numbers as scalars, and every tensor can print itself.
                if (method.IsVirtual && method.Name.Name != nameof(ToString)) makers.UnionWith(constructors[method.Name.Type]);
            }
        }

        return makers;
    }
}
