using HandsOff.Core.Evaluation;
using HandsOff.Core.Tensors;
using TorchSharp;

namespace HandsOff.Core.Tests.Evaluation;

public sealed class LpipsInstallTests
{
    [Fact]
    public void A_folder_of_published_weights_is_checked_and_installed_so_that_it_loads()
    {
        string from = SharedData.Require("data", "lpips"), target = Directory.CreateTempSubdirectory("handsoff").FullName;
        var installed = LpipsInstaller.Install(from, target);
        Assert.Equal([LpipsNet.Squeeze, LpipsNet.Alex], installed.Select(i => i.Net));
        Assert.All(installed, i => Assert.True(i.DigestChecked));
        Lpips.Load(LpipsWeights.Locate(LpipsNet.Squeeze, target), LpipsNet.Squeeze).Dispose();
    }

    [Fact]
    public void Weights_with_one_changed_value_are_refused()
    {
        string from = SharedData.Require("data", "lpips", LpipsWeights.FileName(LpipsNet.Squeeze));
        string target = Directory.CreateTempSubdirectory("handsoff").FullName, changed = Path.Combine(target, "changed.safetensors");
        var (tensors, _) = SafeTensors.Read(from);
        tensors["features.0.bias"].add_(1e-3);
        SafeTensors.Write(changed, tensors);
        foreach (var t in tensors.Values) t.Dispose();
        var error = Assert.Throws<HandsOffException>(() => LpipsInstaller.Install(changed, target));
        Assert.Contains("SHA-256", error.Message);
        Assert.Contains(changed, error.Message);
    }

    [Fact]
    public void A_backbone_and_heads_in_two_files_are_joined_and_checked()
    {
        string from = SharedData.Require("data", "lpips", LpipsWeights.FileName(LpipsNet.Squeeze));
        string parts = Directory.CreateTempSubdirectory("handsoff").FullName, target = Path.Combine(parts, "installed"), backbone = Path.Combine(parts, "squeezenet1_1.safetensors");
        var (tensors, _) = SafeTensors.Read(from);
        SafeTensors.Write(backbone, tensors.Where(t => t.Key.StartsWith("features", StringComparison.Ordinal)));
        var error = Assert.Throws<HandsOffException>(() => LpipsInstaller.Install(parts, target));
        Assert.Contains("squeeze.pth", error.Message);
        SafeTensors.Write(Path.Combine(parts, "squeeze.safetensors"), tensors.Where(t => t.Key.StartsWith("lin", StringComparison.Ordinal)));
        foreach (var t in tensors.Values) t.Dispose();
        Assert.True(Assert.Single(LpipsInstaller.Install(parts, target)).DigestChecked);
        File.Move(backbone, Path.Combine(parts, "squeezenet1_1-0123abcd.safetensors"));
        Assert.Contains("0123abcd", Assert.Throws<HandsOffException>(() => LpipsInstaller.Install(parts, target)).Message);
    }

    [Fact]
    public void Missing_weights_say_how_to_get_them()
    {
        string empty = Directory.CreateTempSubdirectory("handsoff").FullName;
        Assert.Equal(HandsOffException.WrongUsage, Assert.Throws<HandsOffException>(() => LpipsInstaller.Install(empty, empty)).ExitCode);
        Assert.Contains(empty, Assert.Throws<HandsOffException>(() => LpipsWeights.Locate(LpipsNet.Alex, empty)).Message);
    }
}
