#!/usr/bin/env python3
"""A recorded run: three silos make one dataset while one of them is killed and another is frozen, and Prometheus reads them.

    dotnet build -c Release src/Client -m:1
    python3 bench/recorded-run/record.py --samples 100000

Standard library only; needs redis-server and prometheus (eng/install-test-servers.sh). The silos have null devices: their samples are
empty and cost nothing, so what is seen is the cluster and not a generator. Writes docs/results/recorded-run.md with charts, and the figures
behind them as Prometheus answered them (docs/results/recorded-run/data.json). Everything it starts it ends.
"""
import argparse
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "docs" / "results"
STEP = 2
QUERIES = {
    "Samples a second, by node": ("sum by (node) (rate(handsoff_samples_total[20s]))", "node"),
    "Shards by state": ('sum by (state) (max by (dataset, state) (handsoff_queue_depth{state!="paused"}))', "state"),
    "Nodes by state": ("sum by (state) (handsoff_node_state)", "state"),
    "Progress": ("max by (dataset) (handsoff_dataset_progress)", "dataset"),
    "Bottleneck (nodes by word)": ("sum by (bottleneck) (handsoff_node_bottleneck)", "bottleneck"),
    "Leases expired, violations": ('label_replace(sum(handsoff_leases_expired_total), "what", "leases expired", "", "") or label_replace(sum(handsoff_determinism_violations_total), "what", "violations", "", "")', "what"),
    "Commit latency of the store, p95 (s)": ('histogram_quantile(0.95, sum by (le) (rate(handsoff_store_duration_seconds_bucket{operation="commit"}[20s])))', ""),
    "Samples in vain, by reason": ("sum by (reason) (handsoff_samples_wasted_total)", "reason"),
}
COLORS = ["#3274d9", "#ff9830", "#56a64b", "#e02f44", "#8f3bb8", "#37872d", "#b877d9", "#fa6400"]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Run:
    def __init__(self, args):
        self.args, self.processes, self.events = args, {}, []
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="handsoff-recorded-"))
        self.redis, self.prometheus = free_port(), free_port()
        self.ports = {name: free_port() for name in "abc"}
        self.client = ROOT / "src/Client/bin/Release/net10.0/linux-x64/handsoff.dll"
        self.environment = dict(os.environ, OMP_NUM_THREADS="1", HANDSOFF__Null__SampleTime=f"00:00:00.{args.sample_ms:03d}")

    def start(self, name, command, ready=None):
        log = open(self.folder / f"{name}.log", "ab")
        process = self.processes[name] = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self.environment, cwd=ROOT)
        deadline = time.time() + 180
        while ready and not ready():
            if process.poll() is not None or time.time() > deadline:
                sys.exit(f"{name} did not start: {(self.folder / f'{name}.log').read_text()[-2000:]}")
            time.sleep(0.2)

    def silo(self, name):
        log = self.folder / f"silo-{name}.log"
        before = log.read_text().count("ready ") if log.exists() else 0
        command = ["dotnet", str(self.client), "silo", "--name", name, "--devices", "null", "--threads", "1", "--store", str(self.folder / "store"),
                   "--redis", f"127.0.0.1:{self.redis}", "--cache", str(self.folder / f"cache-{name}"), "--http", f"127.0.0.1:{self.ports[name]}"]
        self.start(f"silo-{name}", command, lambda: log.read_text().count("ready ") > before)

    def event(self, text):
        self.events.append((time.time(), text))
        print(f"{time.time() - self.began:7.1f} s  {text}", flush=True)

    def query(self, expression, begin, end):
        parameters = urllib.parse.urlencode({"query": expression, "start": begin, "end": end, "step": STEP})
        with urllib.request.urlopen(f"http://127.0.0.1:{self.prometheus}/api/v1/query_range?{parameters}") as answer:
            return json.load(answer)["data"]["result"]

    def status(self):
        done = subprocess.run(["dotnet", str(self.client), "status", "recorded", "--json", "--store", str(self.folder / "store"), "--redis", f"127.0.0.1:{self.redis}"],
                              capture_output=True, text=True, env=self.environment, cwd=ROOT)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def progress(self):
        found = self.query("max(handsoff_dataset_progress)", time.time() - STEP, time.time())
        return float(found[-1]["values"][-1][1]) if found else 0.0

    def until(self, share):
        while self.progress() < share:
            time.sleep(1)
            if time.time() - self.began > self.args.limit:
                sys.exit(f"not at {share:.0%} after {self.args.limit} s; logs in {self.folder}")

    def run(self):
        self.began = time.time()
        self.start("redis", ["redis-server", "--port", str(self.redis), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)])
        for name in "abc":
            self.silo(name)
        targets = ", ".join(f'"127.0.0.1:{p}"' for p in self.ports.values())
        config = self.folder / "prometheus.yml"
        config.write_text(f"global: {{scrape_interval: {STEP}s, evaluation_interval: 15s}}\nrule_files: [{ROOT}/deploy/prometheus/rules.yml]\n"
                          f"scrape_configs: [{{job_name: handsoff, static_configs: [{{targets: [{targets}]}}]}}]\n")
        self.start("prometheus", ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={self.folder}/tsdb", f"--web.listen-address=127.0.0.1:{self.prometheus}", "--log.level=warn"])
        time.sleep(3 * STEP)
        self.began = time.time()
        submit = ["dotnet", str(self.client), "submit", "recorded", "--pair", str(ROOT / "models/scenes-64"), "--samples", str(self.args.samples), "--seed", "1",
                  "--shard-size", str(self.args.shard_size), "--store", str(self.folder / "store"), "--redis", f"127.0.0.1:{self.redis}"]
        done = subprocess.run(submit, capture_output=True, text=True, env=self.environment, cwd=ROOT)
        if done.returncode:
            sys.exit(f"submit: {done.stdout}{done.stderr}")
        self.event("submitted")
        self.until(0.25)
        self.processes["silo-b"].send_signal(signal.SIGKILL)
        self.processes["silo-b"].wait()
        self.event("silo b killed (SIGKILL)")
        time.sleep(20)
        self.silo("b")
        self.event("silo b started again")
        self.until(0.4)
        frozen = self.processes["silo-c"]
        frozen.send_signal(signal.SIGSTOP)
        self.event("silo c frozen (SIGSTOP)")
        time.sleep(40)
        frozen.send_signal(signal.SIGCONT)
        self.event("silo c thawed (SIGCONT)")
        while True:
            time.sleep(3)
            status = self.status()
            if status and status["phase"].lower() in ("complete", "failed", "cancelled", "stopped"):
                break
            if frozen.poll() is not None and self.processes["silo-c"] is frozen:
                self.event("silo c had been declared dead and ended; it is started again")
                self.silo("c")
            if time.time() - self.began > self.args.limit:
                sys.exit(f"not complete after {self.args.limit} s; logs in {self.folder}")
        # The moment it was complete is Prometheus' to tell: this loop looks seldom, and starting a client takes its time.
        time.sleep(3 * STEP)
        done = [float(t) for s in self.query(QUERIES["Progress"][0], self.began, time.time()) for t, v in s["values"] if float(v) >= 1]
        self.finished = min(done) if done else time.time()
        self.events.append((self.finished, f"dataset {status['phase'].lower()}"))
        self.events.sort()
        until = time.time() + 30
        while frozen.poll() is None and self.processes["silo-c"] is frozen and time.time() < until:
            time.sleep(0.5)
        if frozen.poll() is not None and self.processes["silo-c"] is frozen:
            self.event(f"silo c had been declared dead and ended, exit code {frozen.returncode}")
        self.write(status)

    def write(self, status):
        begin, end = self.began - 5, time.time()
        verify = subprocess.run(["dotnet", str(self.client), "verify", str(self.folder / "store" / "recorded")], capture_output=True, text=True, env=self.environment, cwd=ROOT)
        folder = OUT / "recorded-run"
        folder.mkdir(parents=True, exist_ok=True)
        data, charts = {"began": self.began, "step": STEP, "events": [[t - self.began, text] for t, text in self.events], "queries": {}}, []
        for i, (title, (expression, label)) in enumerate(QUERIES.items()):
            series = [{"labels": s["metric"], "values": [[round(float(t) - self.began, 1), v] for t, v in s["values"]]} for s in self.query(expression, begin, end)]
            data["queries"][title] = {"expression": expression, "series": series}
            name = f"{i + 1}.svg"
            (folder / name).write_text(chart(title, series, label, end - self.began, data["events"]))
            charts.append(f"![{title}](recorded-run/{name})")
        (folder / "data.json").write_text(json.dumps(data) + "\n")
        load = pathlib.Path("/proc/loadavg").read_text().split()[0]
        rows = "\n".join(f"| {t:.0f} s | {text} |" for t, text in data["events"])
        seconds = self.finished - self.events[0][0]
        (OUT / "recorded-run.md").write_text(f"""# A recorded run: two faults, no sample lost

`python3 bench/recorded-run/record.py --samples {self.args.samples} --shard-size {self.args.shard_size}`: three silos on one machine ({os.cpu_count()} cores, load average {load} at the end, other
work included), null devices that take {self.args.sample_ms} ms a sample (empty samples of scenes-64's size and labels: what is seen is the cluster, not a generator), a folder as the store,
Redis, and a Prometheus that reads every {STEP} s. The figures behind the charts, as Prometheus gave them: [data.json](recorded-run/data.json).

| at | what |
|---|---|
{rows}

{self.args.samples:,} samples in {seconds:.0f} s. `handsoff verify` of the dataset afterwards, exit code {verify.returncode}: `{(verify.stdout.strip().splitlines() or [''])[-1]}`

{chr(10).join(charts)}
""")
        print(f"{self.args.samples} samples, verify {verify.returncode}: {verify.stdout.strip()[-300:]}{verify.stderr.strip()[-300:]}")

    def end(self):
        for name, process in self.processes.items():
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in self.processes.values():
            try:
                process.wait(90)
            except subprocess.TimeoutExpired:
                process.kill()


def chart(title, series, label, seconds, events):
    width, height, left, bottom = 900, 260, 60, 40
    values = [float(v) for s in series for _, v in s["values"] if v not in ("NaN", "+Inf")]
    top = max(values + [1e-9]) * 1.05
    x = lambda t: left + max(0.0, t) / seconds * (width - left - 10)
    y = lambda v: height - bottom - v / top * (height - bottom - 40)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>',
           f'<text x="{left}" y="16" font-size="14">{title}</text>']
    for i in range(5):
        v = top * i / 4
        out.append(f'<line x1="{left}" x2="{width - 10}" y1="{y(v):.1f}" y2="{y(v):.1f}" stroke="#ddd"/><text x="{left - 6}" y="{y(v) + 4:.1f}" text-anchor="end">{v:.3g}</text>')
    for i in range(7):
        t = seconds * i / 6
        out.append(f'<text x="{x(t):.1f}" y="{height - bottom + 16}" text-anchor="middle">{t:.0f} s</text>')
    for t, text in events:
        out.append(f'<line x1="{x(t):.1f}" x2="{x(t):.1f}" y1="40" y2="{height - bottom}" stroke="#999" stroke-dasharray="4 3"><title>{text}</title></line>')
    for i, s in enumerate(series):
        color = COLORS[i % len(COLORS)]
        points, last = [], None
        for t, v in s["values"]:
            if v in ("NaN", "+Inf"):
                continue
            points.append(("M" if last is None or t - last > 2 * STEP else "L") + f"{x(t):.1f} {y(float(v)):.1f}")
            last = t
        out.append(f'<path d="{" ".join(points)}" fill="none" stroke="{color}" stroke-width="1.6"/>')
        out.append(f'<text x="{left + i * 150}" y="{height - 6}" fill="{color}">{s["labels"].get(label, title)}</text>')
    return "\n".join(out) + "\n</svg>\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=100000)
    parser.add_argument("--shard-size", type=int, default=500)
    parser.add_argument("--sample-ms", type=int, default=3, help="milliseconds that a null device takes for a sample")
    parser.add_argument("--limit", type=int, default=3600, help="seconds after which it gives up")
    run = Run(parser.parse_args())
    try:
        run.run()
    finally:
        run.end()


if __name__ == "__main__":
    main()
