namespace HandsOff.Core.Scenes;

/// <summary>How a character's hair is cut.</summary>
internal enum HairStyle
{
    Bald,
    Short,
    SidePart,
    Bob,
    Long,
    Bun,
    Afro,
}
