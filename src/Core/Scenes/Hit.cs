namespace HandsOff.Core.Scenes;

/// <summary>Where a ray met the character: distance along it, the part, and whether that belongs to the head (else to the torso).</summary>
internal readonly record struct Hit(float Distance, ScenePart Part, bool OnHead)
{
    public static Hit None => new(float.PositiveInfinity, ScenePart.Background, false);

    public bool Any => Part != ScenePart.Background;
}
