"""One record of the million changed, under steady load: how long until the new answer, what it costs."""
import contextlib
import dataclasses
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import threading
import time

import measure
import servers
import workloads

STEADY_RATE = 10_000        # queries per second while reloading: a busy node, not a saturated one
WARM_SECONDS = 1            # of steady load before the change
LOAD_SECONDS = 6            # of load in all; longer than any reload here
NEW_ANSWER_SECONDS = 60.0


@dataclasses.dataclass
class Case:
    label: str
    server: type
    git: bool = False


CASES = [Case("dotmesh, folder", servers.Dotmesh), Case("dotmesh, git commit", servers.Dotmesh, git=True),
         Case("knot", servers.Knot), Case("nsd", servers.Nsd), Case("bind", servers.Bind),
         Case("powerdns", servers.PowerDns)]


class MemoryWatch(threading.Thread):
    """The largest sum of proportional memory seen; a fork doubles no page that is only read."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.peak, self.done = server, 0, threading.Event()

    def run(self):
        while not self.done.wait(0.03):
            self.peak = max(self.peak, measure.proportional_memory(self.server.pids()))

    def finish(self):
        self.done.set()
        self.join()
        return self.peak


def changed_copy(path, index, address):
    """A copy of the file beside its folder with one A record changed, and the serial for those who look at it."""
    text = path.read_text()
    serial = int(re.search(r"hostmaster (\d+)", text).group(1))
    text = text.replace(f"hostmaster {serial} ", f"hostmaster {serial + 1} ", 1)
    at = text.index(f"h{index:06d} A ")
    end = text.index("\n", at)
    copy = path.parent.with_name(f"{path.name}.changed")
    copy.write_text(f"{text[:at]}h{index:06d} A {address}{text[end:]}")
    return copy


def seconds_until_answer(server, index, address, trigger):
    """Runs trigger() and asks every 2 ms until the new address comes."""
    packet = servers.plain_query(f"h{index:06d}.{workloads.MILLION_ORIGIN}")
    wanted = socket.inet_aton(address)

    def quietly():      # a control command that times out has still been heard; the answer counts
        with contextlib.suppress(servers.ServerError, subprocess.SubprocessError):
            trigger()
    begun = time.monotonic()
    worker = threading.Thread(target=quietly, daemon=True)
    worker.start()
    servers.wait_until(lambda: wanted in (servers.udp_exchange(packet, server.port, timeout=0.5) or b""),
                       NEW_ANSWER_SECONDS, f"{server.name} to answer {address}", interval=0.002)
    elapsed = time.monotonic() - begun
    worker.join()
    return elapsed


def prepare(case, zones, folder):
    """(server, its zone file, what publish(copy) does before the clock starts, and after)"""
    origin = workloads.MILLION_ORIGIN
    if not case.git:
        server = case.server(folder, zones)
        server.start()
        path = server.zone_file(origin)

        def replace_and_reload(copy):
            os.replace(copy, path)
            server.reload_zone(origin)
        return server, path, lambda copy: None, replace_and_reload

    repository = folder / "network"
    repository.mkdir(parents=True)
    path = repository / f"{origin.rstrip('.')}.zone"
    shutil.copyfile(zones[origin], path)

    def git(*arguments):
        subprocess.run(["git", "-C", str(repository), "-c", "user.name=bench", "-c", "user.email=bench@example.org",
                        *arguments], check=True, capture_output=True)

    def commit(copy):
        os.replace(copy, path)
        git("commit", "-q", "-a", "-m", "one record")
    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-q", "-m", "first")
    server = case.server(folder, zones, source=f'repo = "{repository}"\nbranch = "main"\ninterval = "1h"')
    server.start()
    return server, path, commit, lambda copy: server.reload_zone(origin)


def run(case, zones, queries, folder, rounds, load_core):
    server, path, before_clock, publish = prepare(case, zones, pathlib.Path(folder))
    times, lost, slowest, peaks, steady = [], 0, 0.0, [], 0
    try:
        ready = server.ready_seconds
        for i in range(min(rounds, 3)):
            index = 1000 + i
            address = workloads.million_address(index, changed=True)
            copy = changed_copy(path, index, address)
            before_clock(copy)
            steady = measure.proportional_memory(server.pids())
            measure.reset_peak_memory(server.pids())
            watch = MemoryWatch(server)
            watch.start()
            load = measure.Load(server.port, queries, LOAD_SECONDS, STEADY_RATE, core=load_core)
            threading.Event().wait(WARM_SECONDS)
            times.append(seconds_until_answer(server, index, address, lambda: publish(copy)))
            load.finish()
            sampled = watch.finish()
            own = measure.peak_memory(server.pids()) if len(server.pids()) == 1 else 0
            peaks.append(max(sampled, own) / max(steady, 1))
            lost += load.lost
            slowest = max(slowest, load.slowest)
    finally:
        server.stop()
    return {"server": case.label, "ready": ready, "seconds": statistics.median(times), "lost": lost,
            "slowest_ms": slowest * 1e3, "steady": steady, "peak_ratio": max(peaks)}
