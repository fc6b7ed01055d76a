using HandsOff.Tests.Servers;
using k8s;
using k8s.Models;
using YamlDotNet.RepresentationModel;

namespace HandsOff.Silo.Tests.Deployment;

/// <summary>The files of deploy/kubernetes.</summary>
internal static class Manifests
{
    public static string Folder => Path.Combine(Repository.Root, "deploy", "kubernetes");

    /// <summary>Files that hold whole objects of kinds that Kubernetes itself knows.</summary>
    public static IEnumerable<string> Typed => Directory.GetFiles(Folder, "*.yaml", SearchOption.AllDirectories)
        .Where(f => Path.GetFileName(f) is not ("kustomization.yaml" or "scaling.yaml") && !f.EndsWith(Path.Combine("gpu", "silo.yaml"), StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    /// <summary>The objects of these files, read strictly: an unknown or repeated field throws.</summary>
    public static IReadOnlyList<object> Load(IEnumerable<string> files) => [.. files.SelectMany(f => KubernetesYaml.LoadAllFromString(File.ReadAllText(f), strict: true))];

    /// <summary>Every pod template, with the name and labels it has.</summary>
    public static IEnumerable<(string Owner, V1PodTemplateSpec Pod)> Pods(IEnumerable<object> objects)
    {
        foreach (object o in objects)
        {
            if (o is V1Deployment d) yield return (d.Metadata.Name, d.Spec.Template);
            if (o is V1StatefulSet s) yield return (s.Metadata.Name, s.Spec.Template);
        }
    }

    /// <summary>A YAML document as a tree.</summary>
    public static YamlMappingNode Tree(string file)
    {
        var stream = new YamlStream();
        using var reader = new StringReader(File.ReadAllText(file));
        stream.Load(reader);
        return (YamlMappingNode)stream.Documents.Single().RootNode;
    }

    /// <summary>The node at a path of keys and indices; null when there is none.</summary>
    public static YamlNode? At(this YamlNode? node, params object[] path)
    {
        foreach (object step in path)
        {
            node = node switch
            {
                YamlMappingNode map when step is string key => map.Children.TryGetValue(key, out var child) ? child : key == "<<" ? null : map.At("<<", key), // '<<' merges another mapping
                YamlSequenceNode list when step is int index && index < list.Children.Count => list.Children[index],
                _ => null,
            };
        }

        return node;
    }

    /// <summary>A node's scalar text; empty when it has none.</summary>
    public static string Text(this YamlNode? node) => (node as YamlScalarNode)?.Value ?? "";

    /// <summary>Keys of a mapping, or none.</summary>
    public static IReadOnlyList<string> Keys(this YamlNode? node) => node is YamlMappingNode map ? [.. map.Children.Keys.Select(Text)] : [];

    /// <summary>Items of a list, or none.</summary>
    public static IReadOnlyList<YamlNode> Items(this YamlNode? node) => node is YamlSequenceNode list ? [.. list.Children] : [];
}
