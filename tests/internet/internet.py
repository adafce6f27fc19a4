#!/usr/bin/env python3
"""A small signed internet of real servers (Knot DNS) on loopback addresses, port 53: one process for the root, one
for the top-level domains, one for all zones below. Needs root for the port.

    with Internet(folder) as internet: ...     internet.hints, internet.trust_anchor, internet.zones
    internet.py FOLDER                          serves until interrupted

Two internets at once would share the port, so whoever uses one calls enter_namespace() first.
"""
import os
import pathlib
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import servers  # noqa: E402
import zones as zone_files  # noqa: E402

PORT = 53
MARK = "DOTMESH_NETWORK_NAMESPACE"


def enter_namespace():
    """Starts the program again in a network namespace of its own, with a loopback device that is up."""
    if os.environ.get(MARK):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    os.environ[MARK] = "1"
    os.execvp("unshare", ["unshare", "-n", sys.executable, *sys.argv])


class Tier(servers.Server):
    """Knot DNS with one tier's zones on its addresses."""
    name = "knot"
    program = "knotd"

    def __init__(self, folder, zones, zone_folder, addresses):
        super().__init__(folder, zones={z["origin"]: None for z in zones}, host=addresses[0], port=PORT)
        self.zone_folder, self.addresses = zone_folder, addresses

    def configure(self):
        listen = "\n".join(f"    listen: {address}@{PORT}" for address in self.addresses)
        lines = ["server:", f"    rundir: {self.folder}", listen, "    udp-workers: 1", "    tcp-workers: 1",
                 "    background-workers: 1", "database:", f"    storage: {self.folder}/db",
                 "log:", "  - target: stderr", "    any: warning", "template:", "  - id: default",
                 f"    storage: {self.zone_folder}", "    journal-content: none", "    zonefile-load: whole",
                 "    semantic-checks: off", "zone:"]
        for origin in self.zones:
            lines += [f"  - domain: \"{origin}\"", f"    file: {origin if origin != '.' else 'root.'}zone"]
        (self.folder / "knot.conf").write_text("\n".join(lines) + "\n")

    def command(self):
        return ["/usr/sbin/knotd", "-c", str(self.folder / "knot.conf")]


class Internet:
    def __init__(self, data, scratch, zones=1000, prefix=()):
        """`data` keeps the zone files from run to run; `scratch` is for the servers,
        which are started behind the command `prefix`."""
        data = pathlib.Path(data)
        self.prefix = prefix
        self.zones = zone_files.prepared(data, zones)
        self.hints, self.trust_anchor = data / "hints.zone", data / "trust_anchor.txt"
        self.tiers = []
        for tier in zone_files.TIERS:
            mine = [z for z in self.zones if z["tier"] == tier]
            addresses = sorted({address for z in mine for address in z["addresses"]})
            self.tiers.append(Tier(pathlib.Path(scratch) / tier, mine, data / tier, addresses))

    def start(self):
        for tier in self.tiers:
            tier.start(prefix=self.prefix)
        return self

    def stop(self):
        for tier in self.tiers:
            tier.stop()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


def main():
    enter_namespace()
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "/tmp/internet")
    with Internet(folder / "data", folder / "servers") as internet:
        print(f"hints {internet.hints}, trust anchor {internet.trust_anchor}, {len(internet.zones)} zones", flush=True)
        signal.pause()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
