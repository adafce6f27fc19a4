"""The resolver beside its peers, upon the small signed internet of tests/internet: CPU time per answered query
as a ratio to the bare echo of the same round.

    cached   names that are all in the cache
    new      every name new, below wildcards of zones that are known, half of them signed
    mix      Zipf over 100,000 names below those wildcards, warmed with the same mix
    cold     10,000 different names after a fresh start: CPU and wall time until all are answered
    latency  cached and new names, one at a time (latency.py)

Every server is asked the same names. Resolvers run on core 0, the internet and dnsperf on core 1.
"""
import bisect
import itertools
import random
import statistics
import sys

import latency
import measure
import workloads

sys.path.insert(0, str(workloads.ROOT / "tests" / "internet"))
import internet  # noqa: E402
import resolvers  # noqa: E402
import servers  # noqa: E402

KINDS = [servers.Echo, resolvers.Dotmesh, *resolvers.PEERS]
MIXES = {"cached": "all in the cache", "new": "every name new under known zones",
         "mix": "Zipf mix", "cold": "cold start, 10,000 names"}
NEW_NAMES = 40_000      # a measurement; each round has its own
COLD_NAMES = 10_000
ZIPF_NAMES = 100_000
ZIPF_QUERIES = 100_000
LATENCY_QUERIES = 2000  # of each server


def good_zones(net):
    return [z["origin"] for z in net.zones if z["tier"] == "second" and not z["broken"]]


def write(path, names):
    path.write_text("".join(f"{name} A\n" for name in names))
    return path


def cached_queries(folder, net):
    picker = random.Random(workloads.SEED)
    names = ["www." + origin for origin in good_zones(net)]
    return write(folder / "cached", [picker.choice(names) for _ in range(workloads.QUERIES)])


def new_queries(folder, net, round_number):
    zones = good_zones(net)
    return write(folder / f"new-{round_number}", [f"n{round_number}-{i}.{zones[i * 7919 % len(zones)]}" for i in range(NEW_NAMES)])


def cold_queries(folder, net):
    zones = good_zones(net)
    names = [f"c{i // len(zones)}.{zones[i % len(zones)]}" for i in range(COLD_NAMES)]
    random.Random(workloads.SEED).shuffle(names)
    return write(folder / "cold", names)


def zipf_queries(folder, net, tag):
    zones = good_zones(net)
    picker = random.Random(f"{workloads.SEED}{tag}")
    weights = list(itertools.accumulate(1 / (i + 1) for i in range(ZIPF_NAMES)))
    ranks = (bisect.bisect(weights, picker.random() * weights[-1]) for _ in range(ZIPF_QUERIES))
    return write(folder / f"mix-{tag}", [f"p{rank}.{zones[rank * 7919 % len(zones)]}" for rank in ranks])


def sample(server, path, load_core, **load):
    before = measure.Cpu(server.pids())
    done = measure.Load(server.port, path, core=load_core, **load).finish()
    used = measure.Cpu(server.pids()).since(before)
    answered = max(done.completed, 1)
    if done.failed:
        print(f"  {server.name}: {done.failed} of {done.completed} answers to {path.name} are SERVFAIL", file=sys.stderr)
    return {"cpu": used.total / answered, "user": used.user / max(used.user + used.system, 1e-9), "qps": done.rate,
            "lost": (done.lost + done.failed) / max(done.sent, 1), "seconds": done.seconds}


def start(kind, folder, net, core):
    prefix = ("taskset", "-c", str(core))
    server = kind(folder / kind.name) if kind is servers.Echo else kind(folder / kind.name, net)
    return server.start(prefix=prefix)


def start_all(chosen, folder, net, core):
    running = []
    for kind in KINDS:
        if kind.name not in chosen | {"echo"} or not kind.available():
            continue
        try:
            running.append(start(kind, folder, net, core))
        except servers.ServerError as error:
            print(f"  {kind.name}: left out: {error}", file=sys.stderr)
    return running


def rounds(running, folder, net, options, load_core):
    """{mix: {server: [sample per round]}}"""
    samples = {}

    def take(mix, path, **load):
        for server in running:
            samples.setdefault(mix, {}).setdefault(server.name, []).append(sample(server, path, load_core, **load))

    cached, warm = cached_queries(folder, net), zipf_queries(folder, net, "warm")
    for server in running:
        sample(server, cached, load_core, seconds=2)
        sample(server, warm, load_core, seconds=20, passes=1)
    for i in range(options.rounds):
        take("cached", cached, seconds=options.seconds)
        take("new", new_queries(folder, net, i), seconds=30, passes=1)
        take("mix", zipf_queries(folder, net, i), seconds=30, passes=1)
        print(f"  round {i + 1} of {options.rounds}", file=sys.stderr)
    return samples


def latencies(running, net):
    """{mix: {server: (median, slowest tenth, lost)}}"""
    zones = good_zones(net)
    old = ["www." + zones[i % len(zones)] for i in range(LATENCY_QUERIES)]
    new = [f"l{i}.{zones[i * 7919 % len(zones)]}" for i in range(LATENCY_QUERIES)]
    return {"cached": latency.measure(running, lambda server: old), "new": latency.measure(running, lambda server: new)}


def cold_rounds(chosen, folder, net, options, server_core, load_core):
    samples = {}
    path = cold_queries(folder, net)
    for i in range(min(options.rounds, 3)):
        for server in start_all(chosen, folder / f"cold-{i}", net, server_core):
            samples.setdefault(server.name, []).append(sample(server, path, load_core, seconds=60, passes=1))
            server.stop()
    return samples


def summarise(samples):
    rows = []
    for mix, by_server in samples.items():
        echo = by_server.get("echo")
        for name, values in by_server.items():
            median = {key: statistics.median(v[key] for v in values) for key in ("cpu", "user", "qps", "seconds")}
            ratio = statistics.median(v["cpu"] / e["cpu"] for v, e in zip(values, echo)) if echo else float("nan")
            rows.append({"mix": mix, "server": name, "ratio": ratio, **median, "lost": max(v["lost"] for v in values)})
    return rows


def run(chosen, data, scratch, options, server_core, load_core):
    scratch.mkdir(parents=True, exist_ok=True)
    with internet.Internet(data / "internet", scratch / "internet", prefix=("taskset", "-c", str(load_core))) as net:
        running = start_all(chosen, scratch, net, server_core)
        try:
            samples = rounds(running, scratch, net, options, load_core)
            waits = latencies(running, net)
            memory = {s.name: measure.proportional_memory(s.pids()) for s in running}
        finally:
            for server in running:
                server.stop()
        samples["cold"] = cold_rounds(chosen, scratch, net, options, server_core, load_core)
    return {"rows": summarise(samples), "memory": memory, "latency": waits}


def render(table, result):
    """Sections for docs/benchmarks.md; `table` of report.py."""
    out = ["## The resolver upon a small signed internet: CPU time per answered query\n"]
    for mix, title in MIXES.items():
        chosen = [row for row in result["rows"] if row["mix"] == mix]
        out.append(f"{title}:\n")
        out.append(table(["server", "ratio to echo", "CPU µs", "user µs", "system µs", "answers/s", "wall s", "lost or failed"],
                         [[r["server"], f"{r['ratio']:.2f}", f"{r['cpu'] * 1e6:.2f}", f"{r['cpu'] * r['user'] * 1e6:.2f}",
                           f"{r['cpu'] * (1 - r['user']) * 1e6:.2f}", f"{r['qps']:.0f}", f"{r['seconds']:.2f}",
                           f"{r['lost']:.2%}"] for r in chosen]))
    out.append(f"one query at a time, {LATENCY_QUERIES} of each server, asked in turn; microseconds as the client (Python) sees them:\n")
    rows = []
    for server in result["latency"]["cached"]:
        cells = [result["latency"][mix].get(server) for mix in ("cached", "new")]
        rows.append([server, *(f"{value * 1e6:.0f}" for cell in cells if cell for value in cell[:2]),
                     str(sum(cell[2] for cell in cells if cell))])
    out.append(table(["server", "cached: median", "slowest tenth", "new: median", "slowest tenth", "lost"], rows))
    return "\n".join(out)
