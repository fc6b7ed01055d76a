namespace HandsOff.Core.Scenes;

/// <summary>The frames a character wears.</summary>
internal enum GlassesStyle
{
    None,
    Round,
    Square,
}
