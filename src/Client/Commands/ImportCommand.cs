using System.CommandLine;
using HandsOff.Core;
using HandsOff.Core.Labeling;
using HandsOff.Core.StyleGan2;
using HandsOff.Core.StyleGan2.Import;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff import</c>: networks that others trained, to safetensors. Nothing in the file is run.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "NVlabs .pkl, rosinality .pt, safetensors; for a labeler model_N.pth or the folder of them" };
        var output = new Option<string>("--out") { Description = "A folder, or the .safetensors file to write", Required = true };
        var kind = new Option<string>("--as") { Description = "What it is: generator (with its discriminator, if there) or labeler (DatasetGAN's members)", DefaultValueFactory = _ => "generator" };
        kind.AcceptOnlyFromAmong("generator", "labeler");
        var generator = new Option<string?>("--generator") { Description = "labeler: the generator.safetensors it was trained on" };
        var schema = new Option<string?>("--schema") { Description = "labeler: a schema.json that names its classes" };
        var size = new Option<string?>("--label-size") { Description = "labeler: WIDTHxHEIGHT of its labels; the generator's by default" };
        var command = new Command("import", "Convert networks that others trained to safetensors; runs no code of the file.") { file, output, kind, generator, schema, size };
        command.SetAction(parse =>
        {
            string from = parse.GetValue(file)!, to = parse.GetValue(output)!;
            if (parse.GetValue(kind) == "labeler") ImportLabeler(from, to, parse.GetValue(generator), parse.GetValue(schema), parse.GetValue(size));
            else ImportNetworks(from, to);
            return 0;
        });
        return command;
    }

    private static void ImportNetworks(string from, string to)
    {
        using var imported = GeneratorImporter.Import(from);
        var c = imported.Generator.Config;
        Console.WriteLine($"{from}: {imported.Format}, {imported.Layout} layout");
        Console.WriteLine($"generator      {c.Width}x{c.Height}, z {c.ZDim}, w {c.WDim}, {c.MappingLayers} mapping layers, channels min({c.ChannelBase} / resolution, {c.ChannelMax}), {Parameters(imported.Generator):N0} parameters");
        if (imported.Discriminator is { } found) Console.WriteLine($"discriminator  {Parameters(found):N0} parameters, minibatch groups of {c.MbstdGroup}");
        foreach (string note in imported.Notes) Console.WriteLine($"note           {note}");

        string path = Target(to, "generator.safetensors");
        imported.Generator.Save(path);
        Console.WriteLine($"wrote          {path}");
        if (imported.Discriminator is not { } discriminator || IsFile(to)) return;
        path = Target(to, "discriminator.safetensors");
        discriminator.Save(path);
        Console.WriteLine($"wrote          {path}");
    }

    private static void ImportLabeler(string from, string to, string? generatorPath, string? schemaPath, string? size)
    {
        if (generatorPath is null) throw HandsOffException.Usage("import --as labeler: --generator FILE is needed, the generator.safetensors that the labeler was trained on (import that first)");
        var (width, height) = Size(size);
        var schema = schemaPath is null ? null : LabeledFolder.ReadSchema(schemaPath);
        using var generator = Generator.Load(generatorPath);
        using var state = DatasetGanImporter.Import(from, generator.Config, schema, width, height);
        var c = state.Config;
        Console.WriteLine($"labeler        {c.Members} members on {c.Features} features, hidden {c.Heads[0].Hidden1} and {c.Heads[0].Hidden2}, {c.Schema.Classes.Count} classes, labels of {c.Width}x{c.Height}");
        string path = Target(to, "labeler.safetensors");
        state.Save(path);
        Console.WriteLine($"wrote          {path}");
    }

    private static (int? Width, int? Height) Size(string? text)
    {
        if (text is null) return (null, null);
        string[] parts = text.Split('x');
        return parts.Length == 2 && int.TryParse(parts[0], out int width) && int.TryParse(parts[1], out int height) && width > 0 && height > 0
            ? (width, height)
            : throw HandsOffException.Usage($"--label-size {text}: WIDTHxHEIGHT in pixels would be right, for example 512x512");
    }

    private static bool IsFile(string to) => to.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase);

    private static string Target(string to, string name) => IsFile(to) ? to : Path.Combine(to, name);

    private static long Parameters(TorchSharp.torch.nn.Module module) => module.parameters().Sum(p => p.NumberOfElements);
}
