namespace HandsOff.Core.Scenes;

/// <summary>How the clothes end at the neck.</summary>
internal enum NeckLine
{
    Crew,
    Turtle,
    Hood,
}
