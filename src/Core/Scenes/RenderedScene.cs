namespace HandsOff.Core.Scenes;

/// <summary>
/// A rendered scene with its exact labels, row by row from the top: <c>Rgb</c> 3 bytes a pixel, <c>Mask</c> a class id a
/// pixel, <c>Depth</c> metres along the camera's axis (0 on the backdrop), <c>Keypoints</c> x, y, v for each of
/// <see cref="SceneSchema"/>'s names (pixels, centres at integers; v as in COCO: 0 outside the picture, 1 hidden, 2 seen).
/// </summary>
public sealed record RenderedScene(int Width, int Height, byte[] Rgb, byte[] Mask, float[] Depth, float[] Keypoints);
