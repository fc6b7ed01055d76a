#!/usr/bin/env python3
"""Reads a dataset with clients/python and compares it with what Python's own tarfile finds: check_reader.py FOLDER [PLACE]

PLACE is the same dataset elsewhere (an address, for which HANDSOFF_KEY is the key, az:...); without it the folder is also served over HTTP, with ranges and with faults.
"""
import functools
import http.server
import json
import os
import pathlib
import pickle
import sys
import tarfile
import threading
import types

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "clients" / "python"))
import numpy as np
import handsoff


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves ranges; every fifth answer is a 503, every seventh breaks off in the middle, and the key must be right."""
    answers = 0

    def do_GET(self):
        Handler.answers += 1
        if self.headers.get("Authorization") != "Bearer ho_test":
            return self.send_error(401)
        if Handler.answers % 5 == 0:
            return self.send_error(503)
        path = pathlib.Path(self.translate_path(self.path.split("?")[0]))
        if not path.is_file():
            return self.send_error(404)
        data, wanted = path.read_bytes(), self.headers.get("Range")
        if wanted:
            first, last = wanted.removeprefix("bytes=").split("-")
            data = data[int(first):int(last) + 1 if last else None]
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data if Handler.answers % 7 else data[:len(data) // 2])
        self.close_connection = True

    def log_message(self, *_):
        pass


def members_of(folder):
    found = {}
    for tar in sorted((folder / "shards").glob("*.tar")):
        with tarfile.open(tar) as archive:
            for member in archive:
                key, extension = member.name.split(".", 1)
                found.setdefault(int(key), {})[extension] = archive.extractfile(member).read()
    return found


def check(data, members):
    request = data.request
    assert len(data) == len(members)
    for index in [0, len(data) // 2, len(data) - 1, 1]:
        sample = data[index]
        assert sample.members == members[index] and sample.index == index
        if data.image_extension == "png":
            assert sample.image.shape == (request["height"], request["width"], 3) and sample.image.dtype == np.uint8
        if "seg.png" in sample.members:
            assert sample.mask.shape == (request["height"], request["width"]) and sample.mask.max() < len(data.schema["classes"])
        if "depth.png" in sample.members:
            scale = data.schema["depth"]["scale"]
            assert np.allclose(np.nan_to_num(sample.depth) * scale, sample.raw_depth)
        if sample.keypoints is not None:
            assert sample.keypoints.tolist() == [[np.float32(v) for v in p] for p in json.loads(members[index]["json"])["keypoints"]]
    assert data[-1].index == len(data) - 1
    try:
        data[len(data)]
        raise AssertionError("an index behind the end was taken")
    except IndexError:
        pass
    assert [s.index for s in data] == sorted(members)
    parts = [[s.index for s in data.iterate(p, 3, shuffle=4)] for p in range(3)]
    assert sorted(sum(parts, [])) == sorted(members)
    assert [s.members for s in data] == [members[i] for i in sorted(members)]
    assert pickle.loads(pickle.dumps(data))[1].members == members[1]


def with_torch(folder, members):
    """handsoff.torch under a stand-in for torch.utils.data: all that it takes from there is the base class and which worker asks."""
    worker = [None]
    utils = types.ModuleType("torch.utils.data")
    utils.IterableDataset, utils.get_worker_info = object, lambda: worker[0]
    names = {"torch": types.ModuleType("torch"), "torch.utils": types.ModuleType("torch.utils"), "torch.utils.data": utils}
    sys.modules.update(names)
    try:
        from handsoff.torch import Shards
        shards, read = Shards(handsoff.open(folder), shuffle=3, rank=0, ranks=2), {}
        for epoch in range(2):
            shards.set_epoch(epoch)
            parts = []
            for rank in range(2):
                shards.rank = rank
                for number in range(2):
                    worker[0] = types.SimpleNamespace(id=number, num_workers=2)
                    parts.append([s.index for s in shards])
            assert sorted(sum(parts, [])) == sorted(members), "ranks and workers share the samples, none twice"
            read[epoch] = parts
        assert read[0] != read[1], "another epoch, another order"
        worker[0] = None
        assert sorted(s.index for s in Shards(handsoff.open(folder))) == sorted(members)
    finally:
        for name in names:
            del sys.modules[name]


def damaged(folder, members):
    """Whatever byte of a sample or an index is changed, it is noticed."""
    shard = sorted((folder / "shards").glob("*.tar"))[0]
    sound = shard.read_bytes()
    try:
        for at in (*range(700, len(sound), 4111), len(sound) - 1):
            shard.write_bytes(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1:])
            try:
                for _ in handsoff.open(folder):
                    pass
                raise AssertionError(f"a changed byte at {at} was not noticed")
            except handsoff.DatasetError:
                pass
    finally:
        shard.write_bytes(sound)
    index = shard.with_suffix(".idx")
    text = index.read_bytes()
    try:
        index.write_bytes(text.replace(b" 512 ", b" 513 ", 1))
        try:
            handsoff.open(folder)[0]
            raise AssertionError("a changed index was not noticed")
        except handsoff.DatasetError:
            pass
    finally:
        index.write_bytes(text)


def main():
    folder = pathlib.Path(sys.argv[1])
    members = members_of(folder)
    check(handsoff.open(folder), members)
    with_torch(folder, members)
    if len(sys.argv) > 2:
        check(handsoff.open(sys.argv[2], key=os.environ.get("HANDSOFF_KEY")), members)
        print(f"ok: {len(members)} samples, also from {sys.argv[2]}")
        return
    damaged(folder, members)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        address = f"http://127.0.0.1:{server.server_port}/?sig=x"
        check(handsoff.open(address, key="ho_test"), members)
        try:
            handsoff.open(address)
            raise AssertionError("it was read without a key")
        except OSError as error:
            assert "401" in str(error)
        try:
            handsoff.open(f"http://127.0.0.1:{server.server_port}/nothing", key="ho_test")
            raise AssertionError("a dataset that is not there was opened")
        except handsoff.DatasetError:
            pass
    finally:
        server.shutdown()
    print(f"ok: {len(members)} samples")


if __name__ == "__main__":
    main()
