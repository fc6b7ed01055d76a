"""Decodes images. PNG as it is stored (masks keep their class ids, depth its 16 bits); JPEG and WebP through Pillow where it is installed."""
import io
import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def decode_png(data):
    """An array of height x width (x 3): uint8, or uint16 for 16-bit files. Palette images give their indices."""
    if data[:8] != SIGNATURE:
        raise ValueError("not a PNG file")
    at, packed, header = 8, [], None
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8:at + 8 + length]
        if zlib.crc32(kind + body) != struct.unpack_from(">I", data, at + 8 + length)[0]:
            raise ValueError("the PNG file is damaged")
        if kind == b"IHDR":
            header = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            packed.append(body)
        at += 12 + length
    if header is None:
        raise ValueError("the PNG file is cut short")
    width, height, depth, colour, _, _, interlaced = header
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour)
    if channels is None or depth not in (8, 16) or interlaced:
        raise ValueError(f"PNG of colour type {colour}, {depth} bits{', interlaced' if interlaced else ''}: not one that HandsOff writes")
    step = channels * depth // 8
    raw = np.frombuffer(zlib.decompress(b"".join(packed)), np.uint8).reshape(height, 1 + width * step)
    rows = raw[:, 1:].reshape(height, width, step).copy()
    for y in range(height):
        kind, row = raw[y, 0], rows[y]
        above = rows[y - 1] if y else np.zeros_like(row)
        if kind == 1:
            np.cumsum(row, axis=0, dtype=np.uint8, out=row)
        elif kind == 2:
            row += above
        elif kind in (3, 4):
            _unfilter(kind, row, above)
        elif kind:
            raise ValueError(f"PNG filter {kind} does not exist")
    values = rows.reshape(height, width, channels) if depth == 8 else rows.view(">u2").astype(np.uint16).reshape(height, width, channels)
    return values[:, :, 0] if channels == 1 else values


def _unfilter(kind, row, above):
    """Filters whose every byte needs its left neighbour: average and Paeth."""
    left = np.zeros(row.shape[1], np.int32)
    corner = left
    for x in range(row.shape[0]):
        up = above[x].astype(np.int32)
        if kind == 3:
            guess = (left + up) // 2
        else:
            p = left + up - corner
            a, b, c = abs(p - left), abs(p - up), abs(p - corner)
            guess = np.where((a <= b) & (a <= c), left, np.where(b <= c, up, corner))
        row[x] = (row[x] + guess) & 255
        left, corner = row[x].astype(np.int32), up


def decode_rgb(data):
    """A height x width x 3 array of uint8."""
    if data[:8] == SIGNATURE:
        return decode_png(data)
    try:
        from PIL import Image
    except ImportError:
        raise ImportError("JPEG and WebP images need Pillow (pip install pillow); PNG needs nothing") from None
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
