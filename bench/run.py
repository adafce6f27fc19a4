#!/usr/bin/env python3
"""make bench: CPU time per answered query beside Knot, NSD, BIND, PowerDNS and a bare echo, in one run; the
resolver beside Unbound, Knot Resolver, PowerDNS Recursor and BIND (resolver_case.py).

Every server has one serving thread, on core 0; dnsperf runs on core 1. All servers of a zone set run at
the same time and are asked in turn, round after round, so that noise of the machine hits all alike; the
figure is the median over rounds of (CPU per query) / (CPU per query of the echo in the same round).
Nothing here passes or fails on time: it prints a table, and --save keeps it in docs/benchmarks.md.
"""
import argparse
import datetime
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "lib"))
import measure  # noqa: E402
import reload_case  # noqa: E402
import report  # noqa: E402
import resolver_case  # noqa: E402
import servers  # noqa: E402
import workloads  # noqa: E402

KINDS = [servers.Echo, servers.Dotmesh, *servers.PEERS]
SERVER_CORE, LOAD_CORE = 0, 1


def start_all(kinds, zones, folder):
    running = []
    for kind in kinds:
        if not kind.available():
            print(f"  {kind.name}: not installed, left out", file=sys.stderr)
            continue
        try:
            running.append(kind(folder / kind.name, zones).start(prefix=("taskset", "-c", str(SERVER_CORE))))
        except servers.ServerError as error:
            print(f"  {kind.name}: left out: {error}", file=sys.stderr)
    return running


def measure_once(server, queries, seconds, rate):
    before = measure.Cpu(server.pids())
    load = measure.Load(server.port, queries, seconds, rate, core=LOAD_CORE).finish()
    used = measure.Cpu(server.pids()).since(before)
    answered = max(load.completed, 1)
    split = used.user / max(used.user + used.system, 1e-9)
    return {"cpu": used.total / answered, "user": split, "qps": load.rate, "lost": load.lost / max(load.sent, 1)}


def cpu_rounds(running, query_files, options):
    """{(mix, load): {server: [sample per round]}}"""
    samples = {}
    for round_number in range(options.rounds):
        for mix, path in query_files.items():
            for load_name, rate in (("saturated", None), (f"{options.rate // 1000}k/s", options.rate)):
                for server in running:
                    sample = measure_once(server, path, options.seconds, rate)
                    samples.setdefault((mix, load_name), {}).setdefault(server.name, []).append(sample)
        print(f"  round {round_number + 1} of {options.rounds}", file=sys.stderr)
    return samples


def summarise(samples):
    """Rows of the CPU table: medians over rounds; the ratio is taken round by round."""
    rows = []
    for (mix, load), by_server in samples.items():
        echo = by_server.get("echo")
        for name, values in by_server.items():
            ratio = statistics.median(v["cpu"] / e["cpu"] for v, e in zip(values, echo)) if echo else float("nan")
            cpu = statistics.median(v["cpu"] for v in values)
            user = statistics.median(v["user"] for v in values)
            rows.append({"queries": mix, "load": load, "server": name, "ratio": ratio, "cpu_us": cpu * 1e6,
                         "user_us": cpu * user * 1e6, "system_us": cpu * (1 - user) * 1e6,
                         "qps": statistics.median(v["qps"] for v in values),
                         "lost": max(v["lost"] for v in values)})
    return rows


def versions():
    packages = subprocess.run(["dpkg-query", "-W", "-f=${Package} ${Version}\n", "knot", "nsd", "bind9", "pdns-server",
                               "dnsperf", "unbound", "knot-resolver", "pdns-recursor"], capture_output=True, text=True).stdout.split("\n")
    commit = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    return {"date": datetime.date.today().isoformat(), "machine": f"{model}, {len(open('/proc/stat').read().split('cpu')) - 2} "
            f"cores, Linux {platform.release().split('-')[0]}", "packages": [p for p in packages if p],
            "commit": commit.strip()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2, help="of each measurement")
    parser.add_argument("--rate", type=int, default=40_000, help="queries per second of the fixed load")
    parser.add_argument("--servers", default="", help="only these, comma-separated (echo is always there)")
    parser.add_argument("--parts", default="small,million,reload,resolver")
    parser.add_argument("--save", action="store_true", help="keep the table in docs/benchmarks.md")
    options = parser.parse_args()

    chosen = set(options.servers.split(",")) if options.servers else {kind.name for kind in KINDS + resolver_case.KINDS}
    kinds = [kind for kind in KINDS if kind.name in chosen | {"echo"}]
    if "resolver" in options.parts.split(","):
        resolver_case.internet.enter_namespace()
    data = ROOT / "build" / "bench-data"
    data.mkdir(parents=True, exist_ok=True)
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="dotmesh-bench-"))
    result = {"versions": versions(), "cpu": {}, "memory": {}, "reload": [], "resolver": None, "options": options}
    parts = options.parts.split(",")
    try:
        for tag, zones_of, queries_of in (("small", workloads.small_zones, workloads.small_queries),
                                          ("million", workloads.million_zone, workloads.million_queries)):
            if tag not in parts:
                continue
            print(f"{tag} zones", file=sys.stderr)
            zones = zones_of(data)
            running = start_all(kinds, zones, scratch / tag)
            try:
                result["memory"][tag] = {s.name: (measure.proportional_memory(s.pids()), s.ready_seconds) for s in running}
                result["cpu"][tag] = summarise(cpu_rounds(running, queries_of(data, zones), options))
            finally:
                for server in running:
                    server.stop()
        if "reload" in parts:
            zones = workloads.million_zone(data)
            queries = workloads.million_queries(data, zones)["hit"]
            for kind in reload_case.CASES:
                if kind.server.name in chosen and kind.server.available():
                    print(f"reload: {kind.label}", file=sys.stderr)
                    try:
                        result["reload"].append(reload_case.run(kind, zones, queries, scratch / "reload" / kind.label,
                                                                options.rounds, LOAD_CORE))
                    except (servers.ServerError, subprocess.SubprocessError) as error:
                        print(f"  {kind.label}: left out: {error}", file=sys.stderr)
        if "resolver" in parts:
            print("resolver", file=sys.stderr)
            result["resolver"] = resolver_case.run(chosen, data, scratch / "resolver", options, SERVER_CORE, LOAD_CORE)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    text = report.render(result)
    print(text)
    if options.save:
        (ROOT / "docs" / "benchmarks.md").write_text(text)


if __name__ == "__main__":
    main()
