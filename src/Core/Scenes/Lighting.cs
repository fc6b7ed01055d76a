using System.Numerics;

namespace HandsOff.Core.Scenes;

/// <summary>What light makes of a surface point: colour = albedo * Multiply + Add.</summary>
internal readonly record struct Lighting(Vector3 Multiply, Vector3 Add);
