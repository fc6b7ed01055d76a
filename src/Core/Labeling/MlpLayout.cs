namespace HandsOff.Core.Labeling;

/// <summary>Names and shapes of one member's MLP tensors (DatasetGAN's keys: layers 0, 3, 6 are linear, 2 and 5 batch norms).</summary>
internal static class MlpLayout
{
    /// <summary>BatchNorm1d's epsilon.</summary>
    public const double Epsilon = 1e-5;

    public static string Key(string head, int member, string key) => $"{head}.member{member}.{key}";

    /// <summary>Every tensor of a member with its shape.</summary>
    public static IEnumerable<(string Key, long[] Shape)> Tensors(int features, int hidden1, int hidden2, int outputs)
    {
        yield return ("layers.0.weight", [hidden1, features]);
        yield return ("layers.0.bias", [hidden1]);
        foreach (string key in BatchNorm("layers.2")) yield return (key, [hidden1]);
        yield return ("layers.3.weight", [hidden2, hidden1]);
        yield return ("layers.3.bias", [hidden2]);
        foreach (string key in BatchNorm("layers.5")) yield return (key, [hidden2]);
        yield return ("layers.6.weight", [outputs, hidden2]);
        yield return ("layers.6.bias", [outputs]);
    }

    private static IEnumerable<string> BatchNorm(string layer) => [$"{layer}.weight", $"{layer}.bias", $"{layer}.running_mean", $"{layer}.running_var"];
}
