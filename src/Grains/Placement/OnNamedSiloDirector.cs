using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace HandsOff.Grains.Placement;

/// <summary>
/// Finds the active silo of the name the grain's key begins with. When there is none the caller hears so at once, without
/// waiting for a response timeout; a silo that restarts under the same name gets its grains back.
/// </summary>
internal sealed class OnNamedSiloDirector(IClusterMembershipService membership) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        string name = target.GrainIdentity.Key.ToString()!.Split('/')[0];
        var members = membership.CurrentSnapshot.Members;
        foreach (var silo in context.GetCompatibleSilos(target))
        {
            if (members.TryGetValue(silo, out var member) && member.Name == name) return Task.FromResult(silo);
        }

        throw new OrleansException($"silo '{name}' is not an active member of the cluster");
    }
}
