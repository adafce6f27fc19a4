"""The table that `make bench` prints and docs/benchmarks.md keeps."""
import resolver_case

TITLES = {"small": "Small real zones", "million": "A zone of a million A records"}
MIX = {"hit": "names that exist", "mix": "30 % of the names do not exist"}


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def cpu_section(tag, rows):
    out = [f"## {TITLES[tag]}: CPU time per answered query\n"]
    for mix in MIX:
        for load in dict.fromkeys(row["load"] for row in rows):
            chosen = [row for row in rows if row["queries"] == mix and row["load"] == load]
            if chosen:
                out.append(f"{MIX[mix]}, load {load}:\n")
                out.append(table(["server", "ratio to echo", "CPU µs", "user µs", "system µs", "answers/s", "lost"],
                                 [[r["server"], f"{r['ratio']:.2f}", f"{r['cpu_us']:.2f}", f"{r['user_us']:.2f}",
                                   f"{r['system_us']:.2f}", f"{r['qps']:.0f}", f"{r['lost']:.2%}"] for r in chosen]))
    return "\n".join(out)


def render(result):
    versions, options = result["versions"], result["options"]
    out = ["# Benchmarks\n",
           "Written by `make bench BENCH_ARGS=--save`; see bench/run.py for the method. Only ratios within one run "
           "mean something: the machine is shared and noisy.\n",
           f"{versions['date']}, commit {versions['commit']}, {versions['machine']}. "
           f"{', '.join(versions['packages'])}. {options.rounds} rounds of {options.seconds} s, one serving thread each, "
           "server on core 0, dnsperf on core 1.\n"]
    for tag, rows in result["cpu"].items():
        out.append(cpu_section(tag, rows))
    if "million" in result["memory"]:
        out.append("## A million A records: memory and start\n")
        out.append(table(["server", "memory MiB", "ready s"],
                         [[name, f"{memory / 2**20:.0f}", f"{ready:.2f}"]
                          for name, (memory, ready) in result["memory"]["million"].items() if name != "echo"]))
    if result["reload"]:
        out.append("## A million A records: one record changed, under 10,000 queries/s\n")
        out.append("Not pinned. Time from the changed file in place (or the commit made) and the "
                   "reload command to the new answer, median; memory peak beside the "
                   "steady state; queries lost and the slowest answer over all rounds.\n")
        out.append(table(["server", "ready s", "new answer s", "lost", "slowest ms", "steady MiB", "peak / steady"],
                         [[r["server"], f"{r['ready']:.2f}", f"{r['seconds']:.2f}", r["lost"], f"{r['slowest_ms']:.1f}",
                           f"{r['steady'] / 2**20:.0f}", f"{r['peak_ratio']:.2f}"] for r in result["reload"]]))
    if result.get("resolver"):
        out.append(resolver_case.render(table, result["resolver"]))
    return "\n".join(out)
