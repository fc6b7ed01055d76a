#!/usr/bin/env python3
"""The coordinator's limit over several silo processes: tiny shards on a local folder, from one silo to four.

    dotnet build -c Release src/Client
    python3 bench/Coordination/processes.py --shards 4000 --silos 1,2,4

Standard library only; needs redis-server (eng/install-test-servers.sh). Every shard is one empty 64x64 sample that costs nothing to make, through lease, four
blobs, receipt and the reading back. Writes bench/results/coordinator-processes.md. Everything it starts it ends, by id.
"""
import argparse
import json
import os
import pathlib
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLIENT = ROOT / "src/Client/bin/Release/net10.0/linux-x64/handsoff.dll"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Cluster:
    def __init__(self, silos):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="handsoff-limit-"))
        self.redis, self.processes = free_port(), []
        self.environment = dict(os.environ, OMP_NUM_THREADS="1")
        self.where = ["--store", str(self.folder / "store"), "--redis", f"127.0.0.1:{self.redis}"]
        self.start("redis", ["redis-server", "--port", str(self.redis), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)])
        self.silos = [self.start(f"silo{i}", ["dotnet", str(CLIENT), "silo", "--name", f"silo{i}", "--devices", "null", "--threads", "1", "--cache", str(self.folder / f"cache{i}"), *self.where]) for i in range(silos)]
        for i in range(silos):
            log, deadline = self.folder / f"silo{i}.log", time.time() + 120
            while "ready " not in log.read_text():
                if time.time() > deadline or self.silos[i].poll() is not None:
                    sys.exit(f"silo{i} did not start: {log.read_text()[-1000:]}")
                time.sleep(0.2)

    def start(self, name, command):
        log = open(self.folder / f"{name}.log", "wb")
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self.environment, cwd=ROOT)
        self.processes.append(process)
        return process

    def call(self, *command):
        return subprocess.run(["dotnet", str(CLIENT), *command, *self.where], capture_output=True, text=True, env=self.environment, cwd=ROOT)

    def receipts(self, name):
        folder = self.folder / "store" / name / "receipts"
        return sum(1 for _ in os.scandir(folder)) if folder.exists() else 0

    def measure(self, shards, limit):
        """Seconds and processor seconds from the first receipt to the last, and seconds from there to the manifest."""
        done = self.call("submit", "tiny", "--pair", str(ROOT / "models/scenes-64"), "--samples", str(shards), "--shard-size", "1", "--seed", "1")
        if done.returncode:
            sys.exit(f"submit: {done.stdout}{done.stderr}")
        began = time.time()
        while (first := self.receipts("tiny")) == 0:
            time.sleep(0.05)
        at, spent = time.time(), sum(processor_seconds(s.pid) for s in self.silos)
        while self.receipts("tiny") < shards:
            if time.time() - began > limit:
                sys.exit(f"{self.receipts('tiny')} of {shards} shards after {limit} s; logs in {self.folder}")
            time.sleep(0.25)
        made, spent = time.time() - at, sum(processor_seconds(s.pid) for s in self.silos) - spent
        last = time.time()
        while not (self.folder / "store" / "tiny" / "manifest.json").exists():
            if time.time() - last > limit:
                sys.exit(f"no manifest {limit} s after the last shard; logs in {self.folder}")
            time.sleep(0.05)
        return (shards - first) / made, 1000 * spent / (shards - first), time.time() - last

    def end(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--shards", type=int, default=4000)
    parser.add_argument("--silos", default="1,2,4")
    parser.add_argument("--limit", type=int, default=900, help="seconds that a run may take")
    args = parser.parse_args()
    load, rows = os.getloadavg()[0], []
    for silos in map(int, args.silos.split(",")):
        cluster = Cluster(silos)
        try:
            rate, cost, reading = cluster.measure(args.shards, args.limit)
        finally:
            cluster.end()
        rows.append(f"| {silos} | {rate:,.0f} | {cost:.2f} | {rate * cost / 1000:.2f} | {reading:.1f} |")
        print(rows[-1], file=sys.stderr, flush=True)
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    text = [
        "# The coordinator's limit over several processes", "",
        f"`python3 bench/Coordination/processes.py --shards {args.shards} --silos {args.silos}`: shards of one empty 64x64 sample, silos of one null device each, Redis, a local folder.", "",
        "| silos | shards/s | processor ms a shard, all silos | processors busy | s from the last receipt to the manifest |", "|---|---|---|---|---|", *rows, "",
        "Where nearly all processors are busy they are the bound: silos that share a machine only add the cost of calls between processes. On machines of their own each brings",
        "processors for its commits, and what stays with one silo is the coordinator's part of a shard (bench/results/coordinator.md: the row of nodes that do nothing).", "",
        f"Machine: {model}, {os.cpu_count()} logical processors, all silos on it. Load average when the run began: {load:.2f}.", ""]
    (ROOT / "bench/results/coordinator-processes.md").write_text("\n".join(text))


if __name__ == "__main__":
    main()
