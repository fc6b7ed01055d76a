namespace HandsOff.Core.Scenes;

/// <summary>The parts of a rendered character; the numeric value is the class id of the mask.</summary>
internal enum ScenePart : byte
{
    Background = 0,

    /// <summary>Face, ears, eyelids and neck.</summary>
    Skin = 1,

    Hair = 2,

    /// <summary>Sclera, iris, pupil and lashes.</summary>
    Eyes = 3,

    Brows = 4,
    Nose = 5,

    /// <summary>Lips and, where the mouth is open, its inside.</summary>
    Mouth = 6,

    /// <summary>Frames only: one looks through the lenses.</summary>
    Glasses = 7,

    Hat = 8,
    Clothes = 9,
}
