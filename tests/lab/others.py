"""The lab with other routing than OSPF and BGP of BIRD: "frr-ospf" and "frr-bgp" (FRR's zebra with ospfd or bgpd) and "babel"
(babeld) with method "interface"; "bird-babel" (BIRD's Babel) with method "bird". The same hosts, cables and costs as in lab.py;
what a node exports is what docs/anycast.md says. Needs Debian's packages frr and babeld; `make lab LAB_ARGS="bird-babel"`.
"""
import os
import pathlib
import shutil

import lab as labs
import servers
from lab import AS_NUMBER, COST, NODES, Lab, neighbours

FRR = pathlib.Path("/usr/lib/frr")
BABELD = shutil.which("babeld", path=os.environ.get("PATH", "") + ":/usr/sbin")
FRR_SOCKETS = pathlib.Path("/var/run/frr")   # -N puts each namespace's into a folder of its own
DAEMONS = ("babel", "bird-babel", "frr-ospf", "frr-bgp")


def missing(daemon):
    """The Debian package that `daemon` needs and that is not there, or None."""
    if daemon.endswith("babel"):
        return None if BABELD or daemon == "bird-babel" else "babeld"
    return None if (FRR / "zebra").exists() else "frr"


def cost(host, peer):
    return max(COST.get(host, 0) if host in NODES else 0, COST.get(peer, 10))


class OtherLab(Lab):
    """Method "interface", as "stub"; `daemon` says who routes.

    No route of last resort here: FRR's zebra and babeld do not tell two interfaces with one address apart; OSPF takes five
    seconds from one change of a router's stub networks to the next; and in Babel a worse metric is no feasible update (RFC 8966
    section 3.5.1): a neighbour asks for a new sequence number first, where a retraction takes effect at once."""

    def __init__(self, folder, daemon, anycast="", **settings):
        super().__init__(folder, "ospf" if daemon == "bird-babel" else "stub", anycast=anycast + "\nlast_resort = false", **settings)
        self.daemon = daemon

    def start_bird(self, host, text=None):
        if self.daemon == "bird-babel":
            super().start_bird(host, text)
        elif self.daemon == "babel":
            self.start_babel(host)
        else:
            self.start_frr(host, "ospfd" if self.daemon == "frr-ospf" else "bgpd")

    def start_frr(self, host, protocol):
        for program, lines in (("zebra", []), (protocol, self.ospfd(host) if protocol == "ospfd" else self.bgpd(host))):
            path = self.folder / f"{host}-{program}.conf"
            path.write_text("\n".join([f"hostname {host}", *lines, ""]))
            # FRR gives up root for its own user, who must be able to read.
            self.folder.chmod(0o755)
            sockets = FRR_SOCKETS / self.ns(host)
            self.spawn(host, program, [str(FRR / program), "-N", self.ns(host), "-f", str(path), "-i", str(sockets / f"{program}.pid"),
                                       "--log", "stdout"])
            servers.wait_until(lambda: (FRR_SOCKETS / self.ns(host) / f"{program}.vty").exists(), 20, f"{program} of {host}")

    def __exit__(self, *_):
        super().__exit__(*_)
        for host in ("r1", "r2", *NODES):
            shutil.rmtree(FRR_SOCKETS / self.ns(host), ignore_errors=True)

    def ospfd(self, host):
        lines = []
        for peer in neighbours(host):
            lines += [f"interface to-{peer}", " ip ospf area 0", f" ip ospf cost {cost(host, peer)}"]
            lines += [" ip ospf passive"] if peer == "client" else [
                " ip ospf network point-to-multipoint", f" ip ospf hello-interval {self.hello}", f" ip ospf dead-interval {self.dead}"]
        if host in NODES:
            lines += ["interface dotmesh", " ip ospf area 0", " ip ospf network broadcast", " ip ospf passive"]
        return lines + ["router ospf", f" ospf router-id {labs.address(host, neighbours(host)[0])}"]

    def bgpd(self, host):
        lines = [f"router bgp {AS_NUMBER[host]}", f" bgp router-id {labs.address(host, neighbours(host)[0])}",
                 " no bgp ebgp-requires-policy", " timers bgp 1 3"]
        peers = [peer for peer in neighbours(host) if peer != "client"]
        for peer in peers:
            lines += [f" neighbor {labs.address(peer, host)} remote-as {AS_NUMBER[peer]}",
                      f" neighbor {labs.address(peer, host)} timers connect 1",
                      f" neighbor {labs.address(peer, host)} advertisement-interval 0"]
        lines += [" address-family ipv4 unicast"]
        for peer in peers:
            if host in NODES:
                lines += ["  redistribute connected route-map dotmesh"]
            elif (host, peer) in (("r1", "n2"), ("r1", "r2")):
                lines += [f"  neighbor {labs.address(peer, host)} route-map longer in"]
        lines += [" exit-address-family", "exit"]
        if host in NODES:
            lines += ["route-map dotmesh permit 10", " match interface dotmesh"]
        return lines + ["route-map longer permit 10", " set as-path prepend last-as 1"]

    def ospf_text(self, host):
        """BIRD's Babel in the place of its OSPF."""
        text, export = "", "all"
        if host in NODES:
            text = f'filter ours {{ if proto = "{self.protocol}_last" then reject; if proto ~ "dotmesh_*" then accept; reject; }}\n'
            export = "filter ours"
        text += f"protocol babel mesh {{ randomize router id; ipv4 {{ import all; export {export}; }};\n"
        for peer in neighbours(host):
            if peer != "client":
                text += f'interface "to-{peer}" {{ type wired; rxcost {96 + cost(host, peer)}; hello interval 1 s; }};\n'
        return text + "}\n"

    def start_babel(self, host):
        lines = ["random-id true", "local-path " + str(self.folder / f"{host}-babel.sock")]
        for peer in neighbours(host):
            if peer != "client":
                lines += [f"interface to-{peer} type wired rxcost {96 + cost(host, peer)} hello-interval 1"]
        if host in NODES:
            # Not "if dotmesh": babeld knows no interface there that comes later, and one that it watches it does not take back.
            lines += [f"redistribute ip {self.service}/32 local allow", "redistribute local deny"]
        path = self.folder / f"{host}-babel.conf"
        path.write_text("\n".join([*lines, ""]))
        self.spawn(host, "babeld", [BABELD, "-c", str(path), "-S", str(self.folder / f"{host}-babel.state"),
                                    "-I", str(self.folder / f"{host}-babel.pid")])
