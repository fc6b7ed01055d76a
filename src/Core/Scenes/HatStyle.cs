namespace HandsOff.Core.Scenes;

/// <summary>What a character wears on its head.</summary>
internal enum HatStyle
{
    None,
    Beanie,
    Cap,
}
