using System.Numerics;

namespace HandsOff.Core.Scenes;

/// <summary>Everything that tells one scene from another. Lengths in metres, angles in radians, colours in linear light.</summary>
internal sealed record SceneParameters
{
    // Camera: an orbit around the head. Distance sets both the size in the picture and the metric depth.
    public float CameraYaw { get; init; }
    public float CameraPitch { get; init; }
    public float CameraRoll { get; init; }
    public float CameraDistance { get; init; }
    public Vector2 CameraShift { get; init; }

    // Head on its neck.
    public float HeadTurn { get; init; }
    public float HeadNod { get; init; }
    public float HeadTilt { get; init; }

    // Face.
    public float FaceWidth { get; init; }
    public float JawWidth { get; init; }
    public float EyeSize { get; init; }
    public float EyeSpacing { get; init; }
    public float EyeOpen { get; init; }
    public Vector2 Gaze { get; init; }
    public float BrowHeight { get; init; }
    public float BrowTilt { get; init; }
    public float BrowThickness { get; init; }
    public float NoseWidth { get; init; }
    public float NoseLength { get; init; }
    public float MouthWidth { get; init; }
    public float Smile { get; init; }
    public float MouthOpen { get; init; }

    // Hair and what is worn.
    public HairStyle Hair { get; init; }
    public float HairVolume { get; init; }
    public float HairSweep { get; init; }
    public HatStyle Hat { get; init; }
    public GlassesStyle Glasses { get; init; }
    public NeckLine NeckLine { get; init; }
    public float ShoulderWidth { get; init; }

    // Colours.
    public Vector3 SkinColor { get; init; }
    public Vector3 HairColor { get; init; }
    public Vector3 IrisColor { get; init; }
    public Vector3 LipColor { get; init; }
    public Vector3 HatColor { get; init; }
    public Vector3 FrameColor { get; init; }
    public Vector3 ClothesColor { get; init; }

    // Light and backdrop.
    public Vector3 LightDirection { get; init; }
    public Vector3 LightColor { get; init; }
    public Vector3 AmbientColor { get; init; }
    public Vector3 BackdropEdge { get; init; }
    public Vector3 BackdropGlow { get; init; }
    public Vector2 GlowCenter { get; init; }
    public float GlowRadius { get; init; }

    /// <summary>Draws scene <paramref name="index"/> of <paramref name="seed"/>. The order of the draws is part of the format: it never changes.</summary>
    public static SceneParameters Draw(ulong seed, long index)
    {
        var random = new SceneRandom(seed, index);
        const float degree = MathF.PI / 180f;
        var skin = random.Pick<Vector3>(Palette.Skins);
        var hair = random.Pick<Vector3>(Palette.Hairs);
        var backdrop = random.Pick<(Vector3 Edge, Vector3 Glow)>(Palette.Backdrops);
        var clothes = random.Pick<Vector3>(Palette.Garments);
        var hatStyle = (HatStyle)random.Weighted([0.76f, 0.13f, 0.11f]);
        // A bun or an afro finds no room under a hat.
        var hairStyle = (HairStyle)random.Weighted(hatStyle == HatStyle.None
            ? [0.06f, 0.2f, 0.2f, 0.16f, 0.18f, 0.1f, 0.1f]
            : [0f, 0.4f, 0f, 0.25f, 0.35f, 0f, 0f]);
        float lightAzimuth = random.Range(-60f, 60f) * degree, lightElevation = random.Range(20f, 55f) * degree;
        float warmth = random.Range(-1f, 1f);
        bool open = random.Chance(0.35f);
        return new SceneParameters
        {
            CameraYaw = 24f * degree * random.Bell(),
            CameraPitch = (2f + 9f * random.Bell()) * degree,
            CameraRoll = 4f * degree * random.Bell(),
            CameraDistance = 1.2f + 0.07f * random.Bell(),
            CameraShift = new Vector2(0.012f * random.Bell(), 0.010f * random.Bell()),
            HeadTurn = 12f * degree * random.Bell(),
            HeadNod = 6f * degree * random.Bell(),
            HeadTilt = 7f * degree * random.Bell(),
            FaceWidth = random.Range(0.94f, 1.07f),
            JawWidth = random.Range(0.88f, 1.12f),
            EyeSize = random.Range(0.93f, 1.10f),
            EyeSpacing = random.Range(0.0350f, 0.0390f),
            EyeOpen = random.Range(0.45f, 1f),
            Gaze = new Vector2(0.0045f * random.Bell(), 0.002f * random.Bell()),
            BrowHeight = random.Range(0.033f, 0.040f),
            BrowTilt = random.Range(-0.006f, 0.004f),
            BrowThickness = random.Range(0.0046f, 0.0064f),
            NoseWidth = random.Range(0.90f, 1.20f),
            NoseLength = random.Range(-0.004f, 0.004f),
            MouthWidth = random.Range(0.028f, 0.036f),
            Smile = random.Range(0f, 1.1f),
            MouthOpen = open ? random.Range(0.4f, 1f) : 0f,
            Hair = hairStyle,
            HairVolume = random.Range(0.85f, 1.15f),
            HairSweep = random.Range(-1f, 1f),
            Hat = hatStyle,
            Glasses = (GlassesStyle)random.Weighted([0.75f, 0.14f, 0.11f]),
            NeckLine = (NeckLine)random.Weighted([0.5f, 0.22f, 0.28f]),
            ShoulderWidth = random.Range(0.93f, 1.08f),
            SkinColor = skin,
            HairColor = hair,
            IrisColor = random.Pick<Vector3>(Palette.Irises),
            LipColor = Vector3.Lerp(skin * new Vector3(0.80f, 0.42f, 0.40f), Palette.Color(0xC0392F), random.Range(0.25f, 0.7f)),
            HatColor = random.Pick<Vector3>(Palette.Hats),
            FrameColor = random.Pick<Vector3>(Palette.Frames),
            ClothesColor = clothes,
            LightDirection = new Vector3(
                MathF.Sin(lightAzimuth) * MathF.Cos(lightElevation), MathF.Sin(lightElevation), MathF.Cos(lightAzimuth) * MathF.Cos(lightElevation)),
            LightColor = new Vector3(1f + 0.08f * warmth, 1f, 1f - 0.10f * warmth) * random.Range(0.68f, 0.86f),
            AmbientColor = Vector3.Lerp(Vector3.One, backdrop.Glow, 0.45f) * random.Range(0.36f, 0.46f),
            BackdropEdge = backdrop.Edge,
            BackdropGlow = backdrop.Glow,
            GlowCenter = new Vector2(0.35f * random.Bell(), 0.15f + 0.3f * random.Bell()),
            GlowRadius = random.Range(0.9f, 1.3f),
        };
    }
}
