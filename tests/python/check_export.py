#!/usr/bin/env python3
"""Compares an export with the dataset it came from, on its own: nothing of HandsOff is used, only Python's standard library.

check_export.py DATASET EXPORT coco|cityscapes|folder [--first I] [--count N] [--val N] [--rule components|classes] [--min-area A]
(N of --val: samples of the last split). Prints "ok: N samples" or the first difference.
"""
import argparse, csv, json, pathlib, struct, sys, tarfile, zlib


def png(data):
    """(width, height, channels, rows): values as stored, 16-bit ones as one value."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n", "not a PNG"
    at, packed = 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
        if kind == b"IDAT":
            packed += body
        at += 12 + length
    channels = {0: 1, 2: 3, 3: 1}[colour]
    step = channels * depth // 8
    stride = width * step
    raw, rows, above = zlib.decompress(packed), [], bytes(stride)
    for y in range(height):
        kind, row = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride):
            left, up, corner = (row[i - step] if i >= step else 0), above[i], (above[i - step] if i >= step else 0)
            p = left + up - corner
            paeth = min((abs(p - left), 0, left), (abs(p - up), 1, up), (abs(p - corner), 2, corner))[2]
            row[i] = (row[i] + [0, left, up, (left + up) // 2, paeth][kind]) & 255
        above = bytes(row)
        rows.append(list(struct.unpack(f">{width * channels}H", above)) if depth == 16 else list(above))
    return width, height, channels, rows


def decode_rle(counts, height, width):
    """COCO's compressed run lengths to rows of 0 and 1."""
    runs, at = [], 0
    while at < len(counts):
        value = shift = 0
        while True:
            c = ord(counts[at]) - 48
            at += 1
            value |= (c & 31) << shift
            shift += 5
            if not c & 32:
                if c & 16:
                    value -= 1 << shift
                break
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
    flat, inside = [], 0
    for run in runs:
        assert run >= 0
        flat += [inside] * run
        inside ^= 1
    assert len(flat) == height * width, f"{len(flat)} pixels in the run lengths"
    return [[flat[x * height + y] for x in range(width)] for y in range(height)]


def components(mask, rule):
    """Lists of pixels, one for each instance of the classes over 0."""
    found, seen = [], set()
    height, width = len(mask), len(mask[0])
    if rule == "classes":
        ids = sorted({v for row in mask for v in row} - {0, 255})
        return [(c, {(x, y) for y in range(height) for x in range(width) if mask[y][x] == c}) for c in ids]
    for y in range(height):
        for x in range(width):
            if (x, y) in seen or mask[y][x] in (0, 255):
                continue
            part, queue = {(x, y)}, [(x, y)]
            while queue:
                a, b = queue.pop()
                for n in [(a + i, b + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]:
                    if 0 <= n[0] < width and 0 <= n[1] < height and n not in part and mask[n[1]][n[0]] == mask[y][x]:
                        part.add(n)
                        queue.append(n)
            seen |= part
            found.append((mask[y][x], part))
    return found


def box(part):
    xs, ys = [x for x, _ in part], [y for _, y in part]
    return [min(xs), min(ys), max(xs) - min(xs) + 1, max(ys) - min(ys) + 1]


def samples_of(dataset):
    samples = {}
    for shard in json.load(open(dataset / "manifest.json"))["shards"]:
        for blob in shard["blobs"]:
            if blob["name"].endswith(".tar"):
                with tarfile.open(dataset / blob["name"]) as tar:
                    for member in tar:
                        key, extension = member.name.split(".", 1)
                        samples.setdefault(int(key), {})[extension] = tar.extractfile(member).read()
    return samples


def check_coco(samples, out, splits, request, rule, min_area):
    classes, names = request["schema"].get("classes", []), request["schema"].get("keypoints", [])
    for split, indices in splits.items():
        data = {k: json.load(open(out / f"annotations/{k}_{split}.json")) for k in ("instances", "panoptic", "keypoints")}
        for kind, file in data.items():
            assert [i["id"] for i in file["images"]] == indices, f"{kind} {split}: images"
            assert file["licenses"][0]["name"] == request["pair"]["license"]
        assert [c["id"] for c in data["instances"]["categories"]] == list(range(1, len(classes)))
        assert [c["isthing"] for c in data["panoptic"]["categories"]] == [0] + [1] * (len(classes) - 1)
        category = data["keypoints"]["categories"][0]
        assert category["keypoints"] == names and category["skeleton"] == [[a + 1, b + 1] for a, b in request["schema"]["skeleton"]]
        ids = [a["id"] for a in data["instances"]["annotations"]]
        assert ids == list(range(1, len(ids) + 1)), "instance ids"
        for n, index in enumerate(indices):
            sample, image = samples[index], data["instances"]["images"][n]
            extension = image["file_name"].split(".", 1)[1]
            assert (out / split / image["file_name"]).read_bytes() == sample[extension], f"image {index}"
            width, height, _, mask = png(sample["seg.png"])
            assert (image["width"], image["height"]) == (width, height)
            expected = [(c, p) for c, p in components(mask, rule) if len(p) >= min_area]
            got = []
            for a in [a for a in data["instances"]["annotations"] if a["image_id"] == index]:
                assert a["segmentation"]["size"] == [height, width] and a["iscrowd"] == 0
                rows = decode_rle(a["segmentation"]["counts"], height, width)
                part = {(x, y) for y in range(height) for x in range(width) if rows[y][x]}
                assert a["area"] == len(part) and a["bbox"] == box(part), f"{index}: area or box"
                got.append((a["category_id"], part))
            key = lambda e: (e[0], sorted(e[1]))
            assert sorted(got, key=key) == sorted(expected, key=key), f"{index}: instances"
            panoptic = data["panoptic"]["annotations"][n]
            assert panoptic["image_id"] == index
            _, _, channels, rows = png((out / f"annotations/panoptic_{split}" / panoptic["file_name"]).read_bytes())
            assert channels == 3
            segments = {}
            for y in range(height):
                for x in range(width):
                    r, g, b = rows[y][3 * x:3 * x + 3]
                    segments.setdefault(r + 256 * g + 65536 * b, set()).add((x, y))
            void = segments.pop(0, set())
            assert segments.keys() == {s["id"] for s in panoptic["segments_info"]}, f"{index}: segment ids"
            small = {p for c, part in components(mask, rule) if len(part) < min_area for p in part}
            assert void == small | {(x, y) for y in range(height) for x in range(width) if mask[y][x] == 255}, f"{index}: void"
            for s in panoptic["segments_info"]:
                part = segments[s["id"]]
                assert s["area"] == len(part) and s["bbox"] == box(part)
                assert {mask[y][x] for x, y in part} == {s["category_id"]}, f"{index}: panoptic class"
            points = json.loads(sample["json"])["keypoints"]
            a = data["keypoints"]["annotations"][n]
            assert a["image_id"] == index and a["category_id"] == 1
            assert a["keypoints"] == [v for p in points for v in (p if p[2] else [0, 0, 0])], f"{index}: keypoints"
            assert a["num_keypoints"] == sum(p[2] > 0 for p in points)
            front = {(x, y) for y in range(height) for x in range(width) if mask[y][x] not in (0, 255)}
            if front:
                rows = decode_rle(a["segmentation"]["counts"], height, width)
                assert {(x, y) for y in range(height) for x in range(width) if rows[y][x]} == front and a["area"] == len(front)


def check_cityscapes(samples, out, splits, request, rule, min_area):
    colours = {i: bytes.fromhex(c["color"][1:]) for i, c in enumerate(request["schema"]["classes"])}
    rows = list(csv.DictReader(open(out / "labels.csv")))
    assert [r["name"] for r in rows][:-1] == [c["name"] for c in request["schema"]["classes"]]
    for split, indices in splits.items():
        files = sorted((out / "leftImg8bit" / split).rglob("*_leftImg8bit.png"))
        assert len(files) == len(indices), f"{split}: {len(files)} images"
        for file, index in zip(files, indices):
            city, sequence, frame, _ = file.name.rsplit("_", 3)
            assert int(sequence) * 1000000 + int(frame) == index and file.parent.name == city
            label = lambda kind: png((out / "gtFine" / split / city / file.name.replace("leftImg8bit", f"gtFine_{kind}")).read_bytes())
            _, _, _, mask = png(samples[index]["seg.png"])
            if "png" in samples[index]:
                assert png(file.read_bytes()) == png(samples[index]["png"])
            assert label("labelIds")[3] == mask and label("labelTrainIds")[3] == mask
            assert [bytes(r) for r in label("color")[3]] == [b"".join(colours.get(v, b"\xe0\xe0\xe0") for v in r) for r in mask]
            instances = label("instanceIds")[3]
            got = {}
            for y, row in enumerate(instances):
                for x, v in enumerate(row):
                    assert (v // 1000 if v >= 1000 else v) == mask[y][x], f"{index}: instance id {v}"
                    if v >= 1000:
                        got.setdefault(v, set()).add((x, y))
            expected = [p for _, p in components(mask, rule) if len(p) >= min_area]
            assert sorted(map(sorted, got.values())) == sorted(map(sorted, expected)), f"{index}: instances"


def check_folder(samples, out, splits, request, rule, min_area):
    for split, indices in splits.items():
        root = out if len(splits) == 1 else out / split
        names = request["schema"]["keypoints"]
        points = {r["id"]: r for r in csv.DictReader(open(root / "keypoints.csv"))}
        if (root / "metadata.csv").exists():
            rows = list(csv.DictReader(open(root / "metadata.csv")))
        else:
            rows = [json.loads(line) for line in open(root / "metadata.jsonl")]
        assert [int(r["index"]) for r in rows] == indices, f"{split}: rows"
        for row, index in zip(rows, indices):
            sample, info = samples[index], json.loads(samples[index]["json"])
            extension = row["file_name"].rsplit(".", 1)[1]
            for column, member in (("file_name", extension), ("mask_file_name", "seg.png"), ("depth_file_name", "depth.png")):
                assert (root / row[column]).read_bytes() == sample[member], f"{index}: {column}"
            assert row["image_sha256"] == info["image_sha256"] and float(row["uncertainty"]) == info["uncertainty"]
            listed = row["keypoints"] if "keypoints" in row else [[float(row[f"kp_{n}_{v}"]) for v in "xyv"] for n in names]
            assert listed == info["keypoints"], f"{index}: keypoints"
            for name, p in zip(names, info["keypoints"]):
                assert abs(float(points[f"{index:09d}"][f"{name}_x"]) - p[0]) <= 0.0006


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dataset", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("format", choices=["coco", "cityscapes", "folder"])
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int)
    parser.add_argument("--val", type=int, default=0)
    parser.add_argument("--rule", default="components")
    parser.add_argument("--min-area", type=int, default=1)
    args = parser.parse_args()
    samples, request = samples_of(args.dataset), json.load(open(args.dataset / "request.json"))
    indices = sorted(samples)[args.first:]
    indices = indices[:args.count] if args.count else indices
    splits = {"train": indices[:len(indices) - args.val]}
    if args.val:
        splits["val"] = indices[len(indices) - args.val:]
    marker = json.load(open(args.out / "export.json"))
    assert marker["complete"] and marker["count"] == len(indices) and not (args.out / ".export").exists()
    {"coco": check_coco, "cityscapes": check_cityscapes, "folder": check_folder}[args.format](samples, args.out, splits, request, args.rule, args.min_area)
    print(f"ok: {len(indices)} samples")


if __name__ == "__main__":
    main()
