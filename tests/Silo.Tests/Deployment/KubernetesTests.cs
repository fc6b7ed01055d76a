using HandsOff.Silo.Hosting;
using HandsOff.Silo.Settings;
using k8s.Models;
using Microsoft.Extensions.Configuration;

namespace HandsOff.Silo.Tests.Deployment;

/// <summary>deploy/kubernetes as far as it can be checked without a cluster: strict types, and that what names something finds it.</summary>
public sealed class KubernetesTests
{
    [Fact]
    public void Every_object_is_of_a_known_kind_with_known_fields()
    {
        foreach (string file in Manifests.Typed)
        {
            var error = Record.Exception(() => Manifests.Load([file]));
            Assert.True(error is null, $"{file}: {error}");
        }

        Assert.True(Manifests.Load(Manifests.Typed).Count >= 15);
        Assert.ThrowsAny<Exception>(() => k8s.KubernetesYaml.LoadAllFromString("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {port: 1}\n", strict: true));
    }

    [Fact]
    public void Kustomizations_name_every_file_and_only_files_that_are_there()
    {
        foreach (string file in Directory.GetFiles(Manifests.Folder, "kustomization.yaml", SearchOption.AllDirectories))
        {
            string folder = Path.GetDirectoryName(file)!;
            var tree = Manifests.Tree(file);
            Assert.Equal("handsoff", tree.At("namespace").Text());
            string[] named = [.. tree.At("resources").Items().Select(r => r.Text()), .. tree.At("patches").Items().Select(p => p.At("path").Text()).Where(p => p.Length > 0)];
            Assert.All(named, n => Assert.True(File.Exists(Path.Combine(folder, n)) || File.Exists(Path.Combine(folder, n, "kustomization.yaml")), $"{file}: {n}"));
            Assert.Equal(Directory.GetFiles(folder, "*.yaml").Select(Path.GetFileName).Where(f => f != "kustomization.yaml").Order(), named.Where(n => !n.Contains("..", StringComparison.Ordinal)).Order());
            foreach (var target in tree.At("patches").Items().Select(p => p.At("target"))) Assert.Contains((target.At("kind").Text(), target.At("name").Text()), new[] { ("Deployment", "gateway"), ("StatefulSet", "silo") });
        }
    }

    [Fact]
    public void Services_policies_budgets_and_references_find_what_they_name()
    {
        var objects = Manifests.Load(Manifests.Typed);
        var pods = Manifests.Pods(objects).ToList();
        foreach (var service in objects.OfType<V1Service>())
        {
            var (owner, pod) = Assert.Single(pods, p => Matches(service.Spec.Selector, p.Pod.Metadata.Labels));
            foreach (var port in service.Spec.Ports) Assert.True(pod.Spec.Containers.Any(c => c.Ports.Any(p => p.Name == port.TargetPort.Value)), $"service {service.Metadata.Name}: {owner} has no port {port.TargetPort.Value}");
        }

        foreach (var set in objects.OfType<V1StatefulSet>()) Assert.Contains(objects.OfType<V1Service>(), s => s.Metadata.Name == set.Spec.ServiceName);
        foreach (var budget in objects.OfType<V1PodDisruptionBudget>())
        {
            Assert.Contains(pods, p => Matches(budget.Spec.Selector.MatchLabels, p.Pod.Metadata.Labels));
            Assert.NotNull(budget.Spec.MaxUnavailable); // a least number would hold up a node for ever where an overlay has no more than that
        }

        foreach (var policy in objects.OfType<V1NetworkPolicy>().Where(p => p.Spec.PodSelector.MatchLabels is not null))
        {
            var matched = pods.Where(p => Matches(policy.Spec.PodSelector.MatchLabels, p.Pod.Metadata.Labels)).ToList();
            Assert.NotEmpty(matched);
            foreach (var port in policy.Spec.Ingress.SelectMany(i => i.Ports)) Assert.All(matched, m => Assert.Contains(m.Pod.Spec.Containers.SelectMany(c => c.Ports), p => p.ContainerPort.ToString() == port.Port.Value));
        }

        string[] accounts = [.. objects.OfType<V1ServiceAccount>().Select(a => a.Metadata.Name)], maps = [.. objects.OfType<V1ConfigMap>().Select(m => m.Metadata.Name)];
        foreach (var (owner, pod) in pods)
        {
            Assert.Contains(pod.Spec.ServiceAccountName, accounts);
            Assert.False(pod.Spec.AutomountServiceAccountToken, owner);
            Assert.True(pod.Spec.SecurityContext.RunAsNonRoot, owner);
            foreach (var container in pod.Spec.Containers)
            {
                Assert.False(container.SecurityContext.AllowPrivilegeEscalation, owner);
                Assert.NotNull(container.Resources.Limits["memory"]);
                Assert.DoesNotContain("cpu", container.Resources.Limits.Keys); // throttling makes probes and leases late
                foreach (var from in container.EnvFrom ?? []) Assert.True(maps.Contains(from.ConfigMapRef?.Name) || from.SecretRef?.Name == "handsoff-store", owner);
                foreach (var mount in container.VolumeMounts ?? []) Assert.Contains(pod.Spec.Volumes, v => v.Name == mount.Name);
                foreach (var probe in new[] { container.StartupProbe, container.ReadinessProbe, container.LivenessProbe })
                    if (probe?.HttpGet is { } get) Assert.Contains(container.Ports, p => p.Name == get.Port.Value);
            }
        }
    }

    [Fact]
    public void A_silo_understands_the_settings_it_is_given_and_has_the_time_to_drain()
    {
        var objects = Manifests.Load(Manifests.Typed);
        var settings = objects.OfType<V1ConfigMap>().Single(m => m.Metadata.Name == "handsoff-settings").Data;
        foreach (var (owner, pod) in Manifests.Pods(objects).Where(p => p.Owner is "gateway" or "silo"))
        {
            var container = Assert.Single(pod.Spec.Containers);
            var values = settings.ToDictionary(s => s.Key.Replace("__", ":", StringComparison.Ordinal), s => (string?)s.Value);
            foreach (var variable in container.Env) values[variable.Name.Replace("__", ":", StringComparison.Ordinal)] = variable.Name.EndsWith("Address", StringComparison.Ordinal) ? "10.0.0.7" : variable.Value ?? "pod-0";
            var given = container.Args.Chunk(2).ToDictionary(a => a[0].TrimStart('-'), a => a[1]);
            var silo = SiloSettings.Read(given.GetValueOrDefault, new ConfigurationBuilder().AddInMemoryCollection(values).Build());
            Assert.Equal(("pod-0", "az:datasets", "redis:6379", "http://0.0.0.0:8080"), (silo.Name, silo.Store, silo.Redis, silo.Http));
            Assert.Equal(owner == "gateway" ? 0 : 1, silo.Devices.Count);
            Assert.Equal([(silo.Port, "silo"), (silo.GatewayPort, "clients")], container.Ports.Where(p => p.Name != "http").Select(p => ((int?)p.ContainerPort, p.Name)));
            string[] first = [.. container.Lifecycle?.PreStop.Exec.Command ?? ["sleep", "0"]];
            Assert.Equal(owner == "gateway", int.Parse(first[1]) > 0);
            Assert.True(pod.Spec.TerminationGracePeriodSeconds > SiloRunner.TimeToStop.TotalSeconds + int.Parse(first[1]));
            Assert.Equal(["/health/startup", "/health/ready", "/health/live"], new[] { container.StartupProbe, container.ReadinessProbe, container.LivenessProbe }.Select(p => p.HttpGet.Path));
            Assert.Equal(silo.Cache, Assert.Single(container.VolumeMounts, m => m.Name == "cache").MountPath);
        }
    }

    [Fact]
    public void The_gpu_overlay_patches_what_is_there_and_scales_on_a_figure_that_is_published()
    {
        string gpu = Path.Combine(Manifests.Folder, "overlays", "gpu");
        var patch = Manifests.Tree(Path.Combine(gpu, "silo.yaml"));
        var container = patch.At("spec", "template", "spec", "containers", 0);
        var silo = Manifests.Pods(Manifests.Load(Manifests.Typed)).Single(p => p.Owner == "silo").Pod;
        Assert.Equal(("StatefulSet", "silo", silo.Spec.Containers[0].Name), (patch.At("kind").Text(), patch.At("metadata", "name").Text(), container.At("name").Text()));
        Assert.IsType<k8s.Models.V1StatefulSet>(Assert.Single(Manifests.Load([Path.Combine(gpu, "silo.yaml")]))); // read strictly: no field that Kubernetes does not know
        Assert.Equal("1", container.At("resources", "limits", "nvidia.com/gpu").Text());
        Assert.DoesNotContain("cpu", container.At("resources", "limits").Keys());
        string[] notice = [.. container.At("env").Items().Select(e => e.At("name").Text()["HANDSOFF__Notice__".Length..])];
        Assert.All(notice, n => Assert.NotNull(typeof(HandsOff.Silo.Draining.NoticeSettings).GetProperty(n)));

        var scaling = Manifests.Tree(Path.Combine(gpu, "scaling.yaml"));
        Assert.Equal(("StatefulSet", "silo"), (scaling.At("spec", "scaleTargetRef", "kind").Text(), scaling.At("spec", "scaleTargetRef", "name").Text()));
        string query = scaling.At("spec", "triggers", 0, "metadata", "query").Text();
        Assert.Contains("handsoff_queue_depth{", query, StringComparison.Ordinal); // TelemetryTests see it published
    }

    private static bool Matches(IDictionary<string, string> selector, IDictionary<string, string> labels) => selector.All(s => labels.TryGetValue(s.Key, out string? value) && value == s.Value);
}
