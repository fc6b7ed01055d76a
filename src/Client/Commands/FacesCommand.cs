using System.CommandLine;
using HandsOff.Client.Recipes;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff faces convert</c>: the aligned-faces data in the form that training and measuring read.</summary>
internal static class FacesCommand
{
    public static Command Create()
    {
        var data = new Option<string>("--data") { Description = "Folder with manifest.csv, the CelebAMask zip and the UTKFace zips", Required = true };
        var output = new Option<string>("--out") { Description = "Folder for the results", Required = true };
        var size = new Option<int>("--size") { Description = "Pixels a side: 64 or 128", DefaultValueFactory = _ => 64 };
        var count = new Option<int>("--count") { Description = "Labelled training photographs", DefaultValueFactory = _ => 50 };
        var convert = new Command("convert", "Write labelledN, val and test folders, train.zip and two held-out zips.") { data, output, size, count };
        convert.SetAction((parse, cancel) =>
        {
            var recipe = new FacesRecipe(parse.GetRequiredValue(data), parse.GetRequiredValue(output), parse.GetValue(size));
            int n = parse.GetValue(count);
            Console.WriteLine($"labelled{n}: {recipe.Labelled("train", n, $"labelled{n}")} photographs");
            Console.WriteLine($"val: {recipe.Labelled("val", int.MaxValue, "val")} photographs");
            Console.WriteLine($"test: {recipe.Labelled("test", int.MaxValue, "test")} photographs");
            var (train, heldOut, celeba) = recipe.Images(cancel);
            Console.WriteLine($"train.zip: {train} images; heldout.zip: {heldOut}; heldout-celebamask.zip: {celeba}");
            return Task.FromResult(0);
        });
        return new Command("faces", "The faces data (research use only; not part of the project).") { convert };
    }
}
