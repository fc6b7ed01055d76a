"""Datasets: random access by the shards' indices, or streamed shard by shard."""
import collections
import hashlib
import io
import json
import random
import tarfile
import zlib

import numpy as np

from .images import decode_png, decode_rgb
from .stores import open_store

Shard = collections.namedtuple("Shard", "number first count tar tar_bytes tar_sha256 index index_sha256")


class DatasetError(Exception):
    """A dataset that is unfinished, damaged or not one."""


class Sample:
    """A sample: its members as bytes by extension (``members``), decoded when they are asked for."""

    def __init__(self, dataset, index, members):
        self._dataset, self.index, self.members = dataset, index, members

    @property
    def key(self):
        """Nine digits or more."""
        return f"{self.index:09d}"

    @property
    def info(self):
        """The sample's JSON: seed, attempt, flagged, uncertainty, digests."""
        return json.loads(self.members["json"])

    @property
    def image(self):
        """height x width x 3, uint8 RGB."""
        return decode_rgb(self.members[self._dataset.image_extension])

    @property
    def mask(self):
        """height x width class ids, uint8 (255: ignore); None without segmentation."""
        return decode_png(self.members["seg.png"]) if "seg.png" in self.members else None

    @property
    def raw_depth(self):
        """height x width as stored, uint16 (0: invalid); None without depth."""
        return decode_png(self.members["depth.png"]) if "depth.png" in self.members else None

    @property
    def depth(self):
        """height x width in the schema's unit, float32 (nan: invalid); None without depth."""
        raw = self.raw_depth
        if raw is None:
            return None
        return np.where(raw == 0, np.nan, raw / np.float32(self._dataset.schema["depth"]["scale"])).astype(np.float32)

    @property
    def keypoints(self):
        """points x 3, float32: x, y in pixels, visibility as in COCO; None without keypoints."""
        points = self.info.get("keypoints")
        return None if points is None else np.array(points, np.float32).reshape(-1, 3)

    def check(self):
        """Compares pixels and labels with the sample's digests. A JPEG's pixels are not the ones that were digested: only its labels are compared."""
        if self.members.keys() != self._dataset.extensions:
            raise DatasetError(f"{self._dataset.store}: sample {self.index}: has {', '.join(self.members)}, should have {', '.join(sorted(self._dataset.extensions))}")
        try:
            info, labels = self.info, hashlib.sha256()
            if self._dataset.image_extension != "jpg":
                self._same("image", hashlib.sha256(np.ascontiguousarray(self.image).tobytes()), info["image_sha256"])
            for part, type_ in ((self.mask, "u1"), (self.raw_depth, "<u2"), (self.keypoints, "<f4")):
                if part is not None:
                    labels.update(np.ascontiguousarray(part, type_).tobytes())
            self._same("labels", labels, info["labels_sha256"])
        except (ValueError, KeyError, zlib.error) as error:
            raise DatasetError(f"{self._dataset.store}: sample {self.index}: is damaged: {error}") from None
        return self

    def _same(self, what, digest, expected):
        if digest.hexdigest() != expected:
            raise DatasetError(f"{self._dataset.store}: sample {self.index}: its {what} is not what its digest says")


class Dataset:
    """A finished dataset, map-style: ``len(data)``, ``data[i]``, and iteration shard by shard. What its manifest names is read and nothing else.

    ``verify`` compares every sample with its digests; iteration also compares every tar with the manifest's.
    ``transform`` is applied to every sample.
    """

    def __init__(self, place, verify=True, transform=None, key=None):
        self.store, self.verify, self.transform = open_store(place, key), verify, transform
        try:
            manifest = self._json("manifest.json")
        except FileNotFoundError:
            raise DatasetError(f"{self.store}: there is no manifest.json: no dataset, or not finished yet") from None
        if manifest.get("format") != "handsoff-dataset/1":
            raise DatasetError(f"{self.store}: format {manifest.get('format')!r}, this program knows handsoff-dataset/1")
        request = self.store.read("request.json")
        if hashlib.sha256(request).hexdigest() != manifest["request_sha256"]:
            raise DatasetError(f"{self.store}: request.json is not the manifest's")
        self.name, self.request = manifest["name"], json.loads(request)
        self.shard_size, self._samples = manifest["shard_size"], manifest["samples"]
        self.image_extension = self.request["image_format"]
        self.extensions = {self.image_extension, "json"} | {{"seg": "seg.png", "depth": "depth.png"}[kind] for kind in self.request["labels"] if kind != "keypoints"}
        self.shards = [self._shard(entry) for entry in manifest["shards"]]
        self._indices = collections.OrderedDict()

    @property
    def schema(self):
        """Classes, keypoints, skeleton, depth: what the labels mean."""
        return self.request["schema"]

    def __len__(self):
        return self._samples

    def __getitem__(self, index):
        index = int(index)
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(f"sample {index}: the dataset has {len(self)}")
        shard = self.shards[index // self.shard_size]
        members, first = self._index(shard)[index - shard.first], None
        # A sample's members lie next to each other: one read takes them all.
        first, end = members[0][1], max(offset + size for _, offset, size in members)
        data = self.store.read(shard.tar, first, end - first)
        if len(data) != end - first:
            raise DatasetError(f"{self.store}/{shard.tar}: is cut short")
        return self._give(Sample(self, index, {extension: data[offset - first:offset - first + size] for extension, offset, size in members}))

    def __iter__(self):
        return self.iterate()

    def iterate(self, part=0, parts=1, shuffle=None):
        """The samples of every ``parts``-th shard from ``part`` on, each shard read in one pass and compared with the manifest at its end.

        ``shuffle``: a seed for the order of the shards; samples keep their order in a shard.
        """
        order = list(range(len(self.shards)))
        if shuffle is not None:
            random.Random(shuffle).shuffle(order)
        for number in order[part::parts]:
            yield from self._stream(self.shards[number])

    def _stream(self, shard):
        with self.store.stream(shard.tar) as raw:
            tar, index, members = _Hashing(raw), shard.first, {}
            try:
                with tarfile.open(fileobj=tar, mode="r|") as archive:
                    for member in archive:
                        key, _, extension = member.name.partition(".")
                        if members and int(key) != index:
                            yield self._give(Sample(self, index, members))
                            index, members = index + 1, {}
                        if int(key) != index:
                            raise DatasetError(f"{self.store}/{shard.tar}: has {member.name} where sample {index} should be")
                        members[extension] = archive.extractfile(member).read()
            except (tarfile.TarError, ValueError) as error:
                raise DatasetError(f"{self.store}/{shard.tar}: is damaged: {error}") from None
            if members:
                yield self._give(Sample(self, index, members))
                index += 1
            tar.drain()
            if self.verify and tar.hash.hexdigest() != shard.tar_sha256:
                raise DatasetError(f"{self.store}/{shard.tar}: its SHA-256 is not the manifest's")
            if index != shard.first + shard.count:
                raise DatasetError(f"{self.store}/{shard.tar}: holds {index - shard.first} samples, the manifest says {shard.count}")

    def _give(self, sample):
        if self.verify:
            sample.check()
        return sample if self.transform is None else self.transform(sample)

    def _index(self, shard):
        """For each sample of the shard its members: (extension, offset, bytes). The last few shards' are kept."""
        found = self._indices.pop(shard.number, None)
        if found is None:
            data = self.store.read(shard.index)
            if hashlib.sha256(data).hexdigest() != shard.index_sha256:
                raise DatasetError(f"{self.store}/{shard.index}: its SHA-256 is not the manifest's")
            found = []
            for line in data.decode().splitlines()[1:]:
                f = line.split(" ")
                found.append([(f[i], int(f[i + 1]), int(f[i + 2])) for i in range(0, len(f), 4)])
        self._indices[shard.number] = found
        while len(self._indices) > 16:
            self._indices.popitem(last=False)
        return found

    def _json(self, name):
        return json.loads(self.store.read(name))

    @staticmethod
    def _shard(entry):
        blobs = {blob["name"].rsplit(".", 1)[1]: blob for blob in entry["blobs"]}
        tar, index = blobs["tar"], blobs["idx"]
        return Shard(entry["shard"], entry["first"], entry["count"], tar["name"], tar["bytes"], tar["sha256"], index["name"], index["sha256"])


class _Hashing(io.RawIOBase):
    """A stream that digests what is read from it."""

    def __init__(self, inner):
        self._inner, self.hash = inner, hashlib.sha256()

    def readable(self):
        return True

    def read(self, size=-1):
        data = self._inner.read(size)
        self.hash.update(data)
        return data

    def drain(self):
        while self.read(1 << 20):
            pass


def open_dataset(place, verify=True, transform=None, key=None):
    """Opens a finished dataset: a folder, ``az:CONTAINER/PREFIX``, or an http(s) address (an API key goes into ``key``)."""
    return Dataset(place, verify, transform, key)
