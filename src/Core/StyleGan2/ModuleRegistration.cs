using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HandsOff.Core.StyleGan2;

/// <summary>Registers a module's parts under NVlabs' names, out of reach of any dispose scope: the module owns them.</summary>
internal static class ModuleRegistration
{
    public static void Add(this nn.Module module, string name, Tensor value) =>
        module.register_parameter(name, (Parameter)new Parameter(value).DetachFromDisposeScope());

    public static void AddBuffer(this nn.Module module, string name, Tensor value) =>
        module.register_buffer(name, value.DetachFromDisposeScope());

    public static T Add<T>(this nn.Module module, string name, T part)
        where T : nn.Module
    {
        module.register_module(name, part);
        return part;
    }
}
