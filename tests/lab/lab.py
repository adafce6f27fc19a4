"""The anycast lab: network namespaces of its own with BIRD 2 in each, and dotmesh on three nodes that present one
service address.

    client --- r1 --- n1        n1 is the nearest, then n2, then n3
               |  \\-- n2
               r2 --- n3

Lab(folder, routing) builds it; `routing` is "bgp" (eBGP with BFD, method bird), "ospf" (external routes, method bird)
or "stub" (intra-area routes, method interface); family=6 makes the same lab of IPv6 alone (OSPF is version 3 then; not
for "stub"). Client() asks every 5 ms and remembers who answered (NSID). Everything
that is begun is ended by pid, and the namespaces are removed. Needs root, ip(8) and bird(8).
"""
import contextlib
import pathlib
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import namespaces  # noqa: E402
import servers  # noqa: E402

SERVICE = {4: "10.10.10.10", 6: "2001:db8:53::10"}
PREFIX = {4: 24, 6: 64}   # of a cable
HOST_PREFIX = {4: 32, 6: 128}
CLIENT_BUFFER_OCTETS = 8 << 20   # some 5,000 answers, half a minute of questions
SO_RCVBUFFORCE = 33              # asm-generic/socket.h; Python has no name for it
ASK_SECONDS = 0.005
NODES = ("n1", "n2", "n3")
# (one end, other end, IPv4 subnet); the first has .1, the second .2; IPv6 counts the cables
CABLES = (("r1", "client", "192.0.2"), ("r1", "n1", "198.51.100"), ("r1", "n2", "198.51.101"), ("r1", "r2", "198.51.102"),
          ("r2", "n3", "198.51.103"))
COST = {"n1": 10, "n2": 20, "n3": 30, "r2": 10, "client": 10}
ROUTER_OF = {"n1": "r1", "n2": "r1", "n3": "r2"}
UP_SECONDS = 60.0
AS_NUMBER = {"r1": 65100, "r2": 65200, "n1": 65001, "n2": 65002, "n3": 65003}
BFD = 'protocol bfd { interface "to-*" { min rx interval 100 ms; min tx interval 100 ms; multiplier 3; }; }\n'
BIRD = shutil.which("bird", path=os.environ.get("PATH", "") + ":/usr/sbin")
BIRDC = shutil.which("birdc", path=os.environ.get("PATH", "") + ":/usr/sbin")


def available():
    return os.geteuid() == 0 and shutil.which("ip") and BIRD and os.path.exists("/dev/net/tun")


def address(host, peer, family=4):
    for number, (one, other, net) in enumerate(CABLES):
        if {one, other} == {host, peer}:
            last = 1 if one == host else 2
            return f"{net}.{last}" if family == 4 else f"2001:db8:{number}::{last}"
    raise KeyError((host, peer))


def neighbours(host):
    return [b if a == host else a for a, b, _ in CABLES if host in (a, b)]


class Lab:
    def __init__(self, folder, routing, anycast="", hello=1, dead=4, family=4, bfd=False):
        self.folder, self.routing, self.extra, self.family = pathlib.Path(folder), routing, anycast, family
        self.daemon = routing   # who routes; others.py has more
        self.service = SERVICE[family]
        self.protocol = "dotmesh_" + re.sub("[.:]", "_", self.service)   # in BIRD
        self.hello, self.dead, self.bfd = hello, dead, bfd   # of OSPF; BGP has BFD always
        self.tag = uuid.uuid4().hex[:6]
        self.processes = {}   # (host, program): Popen
        self.started = time.monotonic()

    # namespaces
    def ns(self, host):
        return f"dm{self.tag}-{host}"

    def address(self, host, peer):
        return address(host, peer, self.family)

    def __enter__(self):
        try:
            for host in ("client", "r1", "r2", *NODES):
                namespaces.ip("netns", "add", self.ns(host))
                namespaces.ip("-n", self.ns(host), "link", "set", "lo", "up")
                self.sh(host, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0",
                        "net.ipv6.conf.all.forwarding=1")
            for one, other, _ in CABLES:
                namespaces.ip("-n", self.ns(one), "link", "add", f"to-{other}", "type", "veth", "peer", "name", f"to-{one}",
                              "netns", self.ns(other))
                for host, peer in ((one, other), (other, one)):
                    namespaces.ip("-n", self.ns(host), "address", "add", f"{self.address(host, peer)}/{PREFIX[self.family]}", "dev",
                                  f"to-{peer}", *(["nodad"] if self.family == 6 else []))
                    namespaces.ip("-n", self.ns(host), "link", "set", f"to-{peer}", "up")
            for host, router in (("client", "r1"), ("n1", "r1"), ("n2", "r1"), ("n3", "r2"), ("r2", "r1")):
                self.sh(host, "ip", f"-{self.family}", "route", "add", "default", "via", self.address(router, host))
            self.write_network()
            for host in ("r1", "r2", *NODES):
                self.start_bird(host)
            for node in NODES:
                self.start_node(node)
            self.wait_for_routes(NODES)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in self.processes.values():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()
        for host in ("client", "r1", "r2", *NODES):
            subprocess.run(["ip", "netns", "del", self.ns(host)], capture_output=True)

    def sh(self, host, *command, check=True):
        return subprocess.run(["ip", "netns", "exec", self.ns(host), *command], check=check, capture_output=True, text=True).stdout

    def spawn(self, host, program, command):
        with open(self.folder / f"{host}-{program}.log", "ab") as log:
            self.processes[host, program] = subprocess.Popen(["ip", "netns", "exec", self.ns(host), *command],
                                                             stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def log(self, host, program="dotmesh"):
        return (self.folder / f"{host}-{program}.log").read_text()

    # routing
    def bird_text(self, host):
        text = f"router id {address(host, neighbours(host)[0])};\nprotocol device {{ scan time 10; }}\n"
        if host not in NODES:
            text += f"protocol kernel {{ ipv{self.family} {{ import none; export all; }}; merge paths off; }}\n"
        elif self.routing != "stub":
            for name in (self.protocol, self.protocol + "_last"):
                text += (f'protocol static {name} {{ disabled; ipv{self.family}; '
                         f'route {self.service}/{HOST_PREFIX[self.family]} via "dotmesh"; }}\n')
        return text + (self.bgp_text(host) if self.routing == "bgp" else self.ospf_text(host))

    def bgp_text(self, host):
        text = (BFD + f"filter ours {{ if proto = \"{self.protocol}_last\" then {{ "
                + f"bgp_path.prepend({AS_NUMBER[host]}); " * 3 + "accept; } if proto ~ \"dotmesh_*\" then accept; reject; }\n")
        for peer in neighbours(host):
            if peer == "client":
                continue
            # the nearest by the length of the path: n1, then n2, then what comes from the other router
            longer = {("r1", "n2"): 1, ("r1", "r2"): 1}.get((host, peer), 0)
            accept = "filter { " + f"bgp_path.prepend({AS_NUMBER[peer]}); " * longer + "accept; }"
            text += (f"protocol bgp to_{peer} {{ local {self.address(host, peer)} as {AS_NUMBER[host]}; "
                     f"neighbor {self.address(peer, host)} as {AS_NUMBER[peer]}; bfd on; connect retry time 1; connect delay time 1; "
                     f"error wait time 1, 2; ipv{self.family} {{ import {accept if host not in NODES else 'none'}; "
                     f"export {'filter ours' if host in NODES else 'all'}; next hop self; }}; }}\n")
        return text

    def ospf_text(self, host):
        timers = f"hello {self.hello}; dead {self.dead}; retransmit 2;" + (" bfd;" if self.bfd else "")
        text = (f"filter ours {{ if proto = \"{self.protocol}_last\" then {{ ospf_metric1 = 60000; accept; }} "
                "if proto ~ \"dotmesh_*\" then { ospf_metric1 = 10; accept; } reject; }\n" if host in NODES else "")
        if host in NODES and self.routing == "stub":
            text = 'protocol direct dotmesh_last { ipv4; interface "dotmesh-last"; }\n'
        if self.bfd:
            text += BFD
        export = "none"
        if host in NODES:
            export = "filter ours" if self.routing == "ospf" else 'filter { if proto = "dotmesh_last" then { ospf_metric2 = 60000; accept; } reject; }'
        version = 2 if self.family == 4 else 3
        text += f"protocol ospf v{version} mesh {{ ipv{self.family} {{ import all; export {export}; }}; area 0 {{\n"
        for peer in neighbours(host):
            cost = max(COST.get(host, 0) if host in NODES else 0, COST[peer] if peer in COST else 10)
            link = f"type ptmp; neighbors {{ {address(peer, host)}; }};" if self.family == 4 else "type ptp;"
            kind = "stub;" if peer == "client" else f"{link} {timers}"
            text += f"interface \"to-{peer}\" {{ {kind} cost {cost}; }};\n"
        if host in NODES and self.routing == "stub":
            text += 'interface "dotmesh" { stub; };\n'
        return text + "}; }\n"

    def bird_socket(self, host):
        return f"/tmp/dmlab-{self.tag}-{host}.ctl"

    def start_bird(self, host, text=None):
        path = self.folder / f"{host}-bird.conf"
        path.write_text(text if text is not None else self.bird_text(host))
        self.spawn(host, "bird", [BIRD, "-f", "-c", str(path), "-s", self.bird_socket(host), "-P", str(self.folder / f"{host}-bird.pid")])
        servers.wait_until(lambda: os.path.exists(self.bird_socket(host)), 10, f"BIRD of {host}")

    def birdc(self, host, *command):
        return subprocess.run([BIRDC, "-s", self.bird_socket(host), *command], capture_output=True, text=True).stdout

    def routes(self, router="r1"):
        return self.birdc(router, "show", "route", "for", self.service, "all")

    def next_hop(self):
        """Where r1 sends the service address: a node, "r2", or None."""
        found = re.search(r"dev to-(\S+)", self.sh("r1", "ip", f"-{self.family}", "route", "show", self.service))
        return found.group(1) if found else None

    def wait_for_routes(self, nodes):
        for node in nodes:
            servers.wait_until(lambda: self.announced(node) == "yes",
                               UP_SECONDS, f"{node} to announce; {self.status(node)}", interval=0.05)
        servers.wait_until(lambda: self.next_hop() == "n1", UP_SECONDS, f"r1 to route to n1: {self.next_hop()}", interval=0.05)
        if self.routing == "bgp":
            servers.wait_until(lambda: len(re.findall(r"BGP.origin", self.routes())) == 3, UP_SECONDS, "all paths at r1", interval=0.05)

    # nodes
    def write_network(self):
        network = self.folder / "network"
        network.mkdir(parents=True, exist_ok=True)
        (network / "dotmesh.toml").write_text(
            '[network]\nname = "lab"\nmesh_prefixes = ["192.0.2.0/24", "2001:db8::/64"]\n[[zone]]\nname = "mesh."\nfile = "mesh.zone"\n'
            f'[[service]]\naddress = "{self.service}/{HOST_PREFIX[self.family]}"\nrole = ["authority", "resolver"]\n')
        (network / "mesh.zone").write_text(f"@ 60 IN SOA ns hostmaster 1 3600 600 86400 60\n@ NS ns\n"
                                           f"ns {'A' if self.family == 4 else 'AAAA'} {self.service}\n")

    def node_file(self, node):
        method = "interface" if self.routing == "stub" else "bird"
        source = self.folder / f"{node}-network"
        if not source.exists():
            shutil.copytree(self.folder / "network", source)
        path = self.folder / f"{node}.toml"
        path.write_text(
            f'[node]\nname = "{node}"\nstate = "{self.folder}/{node}-state"\nworkers = 2\n[source]\npath = "{source}"\ninterval = "1s"\n'
            f'[[listen]]\naddress = "{self.service}@53"\n'
            f'[[listen]]\naddress = "{self.address(node, ROUTER_OF[node])}@53"\nrole = ["authority"]\n'
            f'[control]\nsocket = "/tmp/dmlab-{self.tag}-{node}.control"\n'
            f'[anycast]\nmethod = "{method}"\nbird_socket = "{self.bird_socket(node)}"\n{self.extra}\n')
        return path

    def start_node(self, node):
        self.spawn(node, "dotmesh", [servers.dotmesh_binary(), "serve", "--config", str(self.node_file(node))])

    def command(self, node, *arguments):
        return subprocess.run([servers.dotmesh_binary(), *arguments, "--config", str(self.folder / f"{node}.toml")],
                              capture_output=True, text=True)

    def status(self, node):
        import json
        out = self.command(node, "status", "--json").stdout
        return json.loads(out) if out.startswith("{") else None

    def announced(self, node):
        status = self.status(node)
        return status["anycast"]["services"][0]["announced"] if status and status["anycast"]["services"] else None

    def server_pid(self, node):
        return self.processes[node, "dotmesh"].pid

    def watcher_pids(self, node):
        """(keeper, watcher) of the node."""
        def children(pid):
            out = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True).stdout
            return [int(word) for word in out.split()]
        keepers = [pid for pid in children(self.server_pid(node))
                   if b"anycast-watch" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()]
        return keepers[0], children(keepers[0])[0]


class Client(threading.Thread):
    """Asks the service address every 5 ms from the client's namespace: `with Client(lab) as client:`."""

    def __init__(self, lab):
        super().__init__(daemon=True)
        self.lab, self.ending = lab, threading.Event()
        self.sent, self.answered = [], {}   # times; index: (time, node)
        self.last = None

    def __enter__(self):
        self.start()
        servers.wait_until(lambda: self.last, 10, "the first answer")
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.join()

    def run(self):
        with namespaces.inside(self.lab.ns("client")):
            sock = socket.socket(socket.AF_INET if self.lab.family == 4 else socket.AF_INET6, socket.SOCK_DGRAM)
        # A server that wakes answers all that waited for it at once; what this socket dropped would count as lost.
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, CLIENT_BUFFER_OCTETS)
        sock.setblocking(False)
        edns = b"\0" + struct.pack("!HHIH", 41, 1232, 0, 4) + struct.pack("!HH", 3, 0)
        body = struct.pack("!5H", 0, 1, 0, 0, 1) + servers.encode_name("mesh.") + struct.pack("!2H", 6, 1) + edns
        start = time.monotonic()
        while not self.ending.is_set():
            with contextlib.suppress(OSError):
                sock.sendto(struct.pack("!H", len(self.sent) & 0xffff) + body, (self.lab.service, 53))
            self.sent.append(time.monotonic())
            self.receive(sock, start + len(self.sent) * ASK_SECONDS)
        self.receive(sock, time.monotonic() + 0.3)

    def receive(self, sock, until):
        import select
        while (left := until - time.monotonic()) > 0:
            if not select.select([sock], [], [], left)[0]:
                return
            with contextlib.suppress(OSError):
                reply = sock.recv(2048)
                low, base = struct.unpack("!H", reply[:2])[0], len(self.sent) - 1
                index = base - ((base - low) & 0xffff)
                node = re.search(rb"\0\x03\0\x02(n[123])", reply)
                if node and reply[3] & 15 == 0:
                    self.last = node.group(1).decode()
                    self.answered[index] = (time.monotonic(), self.last)

    def wait_served_by(self, node, seconds=60.0):
        servers.wait_until(lambda: self.last in (node if isinstance(node, tuple) else (node,)), seconds, f"{node} to answer")

    def lost(self, since=0.0, until=None):
        until = until or time.monotonic() - 0.25
        return [i for i, at in enumerate(self.sent) if since <= at <= until and i not in self.answered]

    def first_answer(self, since, node):
        """When `node` first answered a question that was asked after `since`."""
        return min((at for index, (at, who) in list(self.answered.items()) if self.sent[index] > since and who == node), default=None)

    def moved_ms(self, since, away_from):
        """From `since` until the first answer of another node, in milliseconds."""
        times = [at for at, node in self.answered.values() if at > since and node != away_from]
        return (min(times) - since) * 1000 if times else None


class StoppedThread:
    """One thread of a process stands still, as a worker that hangs: `with StoppedThread(pid, "worker-0"):`."""
    ATTACH, DETACH, WALL = 16, 17, 0x40000000

    def __init__(self, pid, name):
        tasks = pathlib.Path(f"/proc/{pid}/task")
        self.tid = next(int(task.name) for task in tasks.iterdir() if (task / "comm").read_text().strip() == name)
        import ctypes
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]

    def __enter__(self):
        if self.libc.ptrace(self.ATTACH, self.tid, None, None) != 0:
            raise OSError("ptrace")
        os.waitpid(self.tid, self.WALL)
        return self

    def __exit__(self, *_):
        self.libc.ptrace(self.DETACH, self.tid, None, None)
