using System.Globalization;
using System.IO.Compression;
using HandsOff.Core;
using HandsOff.Core.Imaging;
using HandsOff.Core.Labeling;

namespace HandsOff.Client.Recipes;

/// <summary>
/// Prepares the aligned-faces data (CelebAMask-HQ with human masks, UTKFace without labels) for the faces pair: labelled
/// folders a split, a zip of images that a generator may see, and zips of images it never sees.
/// </summary>
internal sealed class FacesRecipe
{
    /// <summary>Every n-th unlabelled face is kept from the generator, to measure it against faces of the same kind.</summary>
    private const int HoldOutEvery = 10;

    /// <summary>Points of the table that lie in nearly every picture, in their order there; skin_bottom is cropped away in half of them.</summary>
    private static readonly string[] Points =
    [
        "eye_img_left", "eye_img_right", "brow_img_left", "brow_img_right", "nose_centroid", "nose_bottom", "mouth_img_left", "mouth_img_right", "mouth_centroid",
    ];

    private readonly string _data;
    private readonly string _out;
    private readonly int _size;

    public FacesRecipe(string data, string output, int size)
    {
        if (size is not (64 or 128)) throw HandsOffException.Usage($"--size {size}: 64 or 128");
        _data = data;
        _out = output;
        _size = size;
        foreach (string file in new[] { "manifest.csv", "celebamask_keypoints.csv", $"celebamask{size}.zip", "utk128_jpg_part1.zip", "utk128_jpg_part2.zip" })
            if (!File.Exists(Path.Combine(data, file))) throw new HandsOffException($"{Path.Combine(data, file)}: missing; --data should be the faces64 folder");
    }

    /// <summary>Eight classes and nine keypoints; left and right as they lie in the picture.</summary>
    public static LabelSchema Schema { get; } = new()
    {
        Classes =
        [
            new("background", "#20242c"), new("skin", "#f2b28c"), new("brows", "#5a189a"), new("eyes", "#4cc9f0"),
            new("nose", "#ff8c42"), new("mouth", "#d7263d"), new("hair", "#7a4a2b"), new("neck_cloth", "#3a6ea5"),
        ],
        Keypoints = Points,
        Skeleton = [[2, 0], [0, 4], [4, 1], [1, 3], [4, 5], [5, 8], [6, 8], [8, 7]],
        KeypointFlip = [1, 0, 3, 2, 4, 5, 7, 6, 8],
    };

    /// <summary>Writes one split (<c>train</c>, <c>val</c> or <c>test</c>; its first <paramref name="count"/> images) as a labelled folder; gives the number written.</summary>
    public int Labelled(string split, int count, string name)
    {
        using var zip = ZipFile.OpenRead(Path.Combine(_data, $"celebamask{_size}.zip"));
        string table = Path.Combine(_data, "celebamask_keypoints.csv");
        string[] lines = File.ReadAllLines(table);
        string[] header = lines[0].Split(',');
        int[] columns = [.. Points.Select(point => Column(table, header, point + "_x"))];
        string[][] rows = [.. lines.Skip(1).Select(line => line.Split(',')).Where(cells => cells[1] == split).Take(count)];
        if (rows.Length == 0) throw HandsOffException.Usage($"split '{split}': none of it in {table}, which has train, val and test");
        string target = Path.Combine(_out, name);
        if (IsThere(target, rows)) return rows.Length;
        var writer = new LabeledFolderWriter(target, Schema);
        foreach (string[] cells in rows)
        {
            var (rgb, width, height) = ImageFile.ReadRgb(Entry(zip, $"images/{cells[0]}.png"), cells[0]);
            var (mask, _, _) = ImageFile.ReadMask(Entry(zip, $"masks8/{cells[0]}.png"), cells[0]);
            writer.Add(cells[0], new LabeledImage { Width = width, Height = height, Rgb = rgb, Mask = mask, Keypoints = Keypoints(cells, columns) });
        }

        writer.Complete();
        return rows.Length;
    }

    /// <summary>
    /// Writes train.zip (what the generator sees: rows gan and train), heldout.zip (every tenth UTKFace, never in train.zip)
    /// and heldout-celebamask.zip (val and test). YouTube frames are left out: their blur is not what the labelled photographs look like.
    /// </summary>
    public (int Train, int HeldOut, int Celeba) Images(CancellationToken cancel)
    {
        using var celeba = ZipFile.OpenRead(Path.Combine(_data, $"celebamask{_size}.zip"));
        using var part1 = ZipFile.OpenRead(Path.Combine(_data, "utk128_jpg_part1.zip"));
        using var part2 = ZipFile.OpenRead(Path.Combine(_data, "utk128_jpg_part2.zip"));
        // A zip that is there is whole: it gets its name when it is complete.
        using var train = New("train.zip");
        using var heldOut = New("heldout.zip");
        using var heldOutCeleba = New("heldout-celebamask.zip");
        int trained = 0, held = 0, unseen = 0, faces = 0;
        foreach (string[] row in File.ReadLines(Path.Combine(_data, "manifest.csv")).Skip(1).Select(line => line.Split(',')))
        {
            cancel.ThrowIfCancellationRequested();
            var (id, source, split) = (row[0], row[1], row[2]);
            bool seen = split is "gan" or "train";
            if (source == "utkface" && seen)
            {
                var entry = part1.GetEntry(id + ".jpg") ?? part2.GetEntry(id + ".jpg") ?? throw new HandsOffException($"{_data}: {id}.jpg of manifest.csv is in neither utk zip");
                byte[] png = Scaled(Bytes(entry), id);
                bool keep = faces++ % HoldOutEvery == HoldOutEvery - 1;
                (keep ? heldOut : train)?.Add(id + ".png", png);
                if (keep) held++;
                else trained++;
            }
            else if (source == "celebamask-hq")
            {
                (seen ? train : heldOutCeleba)?.Add(id + ".png", Entry(celeba, split == "gan" ? $"unlabelled/{id}.png" : $"images/{id}.png"));
                if (seen) trained++;
                else unseen++;
            }
        }

        train?.Complete();
        heldOut?.Complete();
        heldOutCeleba?.Complete();
        return (trained, held, unseen);
    }

    /// <summary>An earlier run, stopped later on, has written this very folder.</summary>
    private bool IsThere(string target, string[][] rows)
    {
        if (!File.Exists(Path.Combine(target, "schema.json"))) return false;
        var items = LabeledFolder.Open(target).Items;
        if (!items.Select(i => i.Id).SequenceEqual(rows.Select(r => r[0]).Order(StringComparer.Ordinal))) return false;
        var (_, width, _) = ImageFile.ReadRgb(File.ReadAllBytes(items[0].ImagePath), items[0].ImagePath);
        return width == _size;
    }

    private ImageZip? New(string name) => File.Exists(Path.Combine(_out, name)) ? null : new ImageZip(Path.Combine(_out, name));

    private float[] Keypoints(string[] cells, int[] columns)
    {
        var points = new float[3 * columns.Length];
        for (int k = 0; k < columns.Length; k++)
        {
            // The table says present or not; present points are seen ones. Unit coordinates to pixels, centres at integers.
            if (cells[columns[k] + 2] != "1") continue;
            points[3 * k] = float.Parse(cells[columns[k]], CultureInfo.InvariantCulture) * _size - 0.5f;
            points[3 * k + 1] = float.Parse(cells[columns[k] + 1], CultureInfo.InvariantCulture) * _size - 0.5f;
            points[3 * k + 2] = 2;
        }

        return points;
    }

    /// <summary>The image as PNG at the recipe's size, by the mean of whole blocks.</summary>
    private byte[] Scaled(byte[] file, string id)
    {
        var (rgb, width, height) = ImageFile.ReadRgb(file, id);
        int block = width / _size;
        if (width != height || block * _size != width) throw new HandsOffException($"{id}: {width}x{height}, not a square whose side is a multiple of {_size}");
        var small = new byte[_size * _size * 3];
        for (int i = 0; i < small.Length; i++)
        {
            int c = i % 3, x = i / 3 % _size, y = i / 3 / _size, sum = 0;
            for (int j = 0; j < block * block; j++) sum += rgb[((y * block + j / block) * width + x * block + j % block) * 3 + c];
            small[i] = (byte)((sum + block * block / 2) / (block * block));
        }

        return PngWriter.Rgb(small, _size, _size);
    }

    private static int Column(string table, string[] header, string name)
    {
        int column = Array.IndexOf(header, name);
        return column >= 0 ? column : throw new HandsOffException($"{table}: no column '{name}'");
    }

    private static byte[] Entry(ZipArchive zip, string name) => Bytes(zip.GetEntry(name) ?? throw new HandsOffException($"the CelebAMask zip has no {name}"));

    private static byte[] Bytes(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        using var memory = new MemoryStream((int)entry.Length);
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}
