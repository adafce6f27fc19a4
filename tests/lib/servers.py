"""DNS servers as processes on loopback: dotmesh and its peers, one interface.

Used by bench/ and by the tests. A Server is given a folder of its own and zones as {origin: file};
start() returns when it answers; stop() ends what start() began, by pid. Nothing here sleeps for a fixed
time: every wait polls for its event up to a deadline.
"""
import os
import pathlib
import select
import shutil
import signal
import socket
import struct
import subprocess
import time

HOST = "127.0.0.1"
ROOT = pathlib.Path(__file__).resolve().parents[2]
READY_SECONDS = 60.0   # a million records in a sanitizer build on a busy machine
STOP_SECONDS = 20.0
POLL_SECONDS = 0.003


class ServerError(RuntimeError):
    """A server did not start, stop or obey; the message carries the end of its log."""


def dotmesh_binary():
    return os.environ.get("DOTMESH_BINARY", str(ROOT / "build" / "dotmesh"))


def free_port(host=HOST):
    """A port free for UDP and TCP at this moment."""
    for _ in range(100):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
            tcp.bind((host, 0))
            port = tcp.getsockname()[1]
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                try:
                    udp.bind((host, port))
                    return port
                except OSError:
                    continue
    raise ServerError("no free port")


def wait_until(condition, seconds, what, interval=POLL_SECONDS):
    """Polls until condition() is true; returns its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise ServerError(f"waited {seconds:g} s for {what}")
        select.select([], [], [], interval)


def encode_name(name):
    labels = [part.encode() for part in name.rstrip(".").split(".") if part]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def plain_query(name, rrtype=1, rrclass=1, message_id=0x1234, flags=0):
    return struct.pack("!6H", message_id, flags, 1, 0, 0, 0) + encode_name(name) + struct.pack("!2H", rrtype, rrclass)


def udp_exchange(packet, port, host=HOST, timeout=1.0):
    """One datagram out, one in; None when nothing came."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(timeout)
        sock.connect((host, port))
        try:
            sock.send(packet)
            return sock.recv(65535)
        except OSError:
            return None


class Server:
    """One server process (and its children) with a folder of its own."""
    name = "?"

    def __init__(self, folder, zones=None, host=HOST, port=None, env=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.zones = dict(zones or {})
        self.host = host
        self.port = port or free_port(host)
        self.env = env
        self.process = None
        self.log_path = self.folder / "log.txt"
        self.ready_seconds = None

    # What a kind of server defines.
    def configure(self):
        raise NotImplementedError

    def command(self):
        raise NotImplementedError

    def reload_zone(self, origin):
        """Returns at once or when done, as the server's own command does."""
        raise NotImplementedError

    @classmethod
    def available(cls):
        return shutil.which(cls.program, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin") is not None

    # What all share.
    def spawn(self, prefix=()):
        self.configure()
        self.started = time.monotonic()
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [*prefix, *self.command()], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                start_new_session=True, env={**os.environ, **(self.env or {})})

    def start(self, prefix=(), ready=True):
        self.spawn(prefix)
        if ready:
            try:
                self.wait_ready()
            except BaseException:
                self.stop()  # nobody else will: the caller never gets it
                raise
        return self

    def wait_ready(self):
        def answering():
            if self.process.poll() is not None:
                raise ServerError(f"{self.name} ended with {self.process.returncode}:\n{self.log_tail()}")
            return all(self.answers(origin) for origin in list(self.zones)[-1:])
        try:
            wait_until(answering, READY_SECONDS, f"{self.name} to answer on port {self.port}")
        except ServerError as error:
            raise ServerError(f"{error}\n{self.log_tail()}") from None
        self.ready_seconds = time.monotonic() - self.started

    def answers(self, origin):
        reply = udp_exchange(plain_query(origin, 6), self.port, self.host, timeout=0.05)
        return reply is not None and len(reply) > 12 and reply[3] & 15 == 0 and reply[6:8] != b"\0\0"

    def log_text(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def log_tail(self, lines=40):
        return "\n".join(self.log_text().splitlines()[-lines:])

    def run(self, *command, check=True, timeout=60):
        result = subprocess.run(command, capture_output=True, text=True, timeout=timeout, cwd=self.folder,
                                env={**os.environ, **(self.env or {})})
        if check and result.returncode != 0:
            raise ServerError(f"{' '.join(map(str, command))}: {result.returncode}\n{result.stdout}{result.stderr}")
        return result

    def pids(self):
        """The process and all that it forked (they share its session)."""
        session, found = self.process.pid, []
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    fields = pathlib.Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                if int(fields[3]) == session and fields[0] != "Z":
                    found.append(int(entry))
        return found

    def stop(self):
        """Orderly; kills what does not end. Returns the exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.terminate()
        try:
            status = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        for pid in self.pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return status

    def __enter__(self):
        return self if self.process else self.start()

    def __exit__(self, *_):
        self.stop()


class Dotmesh(Server):
    """Serves a folder of NAME.zone files (made from zones), or any [source] given as TOML text."""
    name = "dotmesh"
    program = "dotmesh"
    workers = 1

    def __init__(self, folder, zones=None, source=None, extra="", node_name="test-node", listen=None,
                 roles='["authority"]', **kwargs):
        super().__init__(folder, zones, **kwargs)
        self.source, self.extra, self.node_name, self.listen = source, extra, node_name, listen
        self.roles = roles
        self.config = self.folder / "node.toml"

    @classmethod
    def available(cls):
        return os.access(dotmesh_binary(), os.X_OK)

    def configure(self):
        source = self.source
        if source is None:
            tree = self.folder / "zones"
            tree.mkdir(exist_ok=True)
            for origin, path in self.zones.items():
                target = tree / f"{origin.rstrip('.')}.zone"
                if not target.exists():
                    shutil.copyfile(path, target)
            source = f'path = "{tree}"'
        listen = self.listen or [f"{self.host}@{self.port}"]
        listeners = "".join(f'[[listen]]\naddress = "{address}"\nrole = {self.roles}\n' for address in listen)
        self.config.write_text(
            f'[node]\nname = "{self.node_name}"\nstate = "{self.folder / "state"}"\nworkers = {self.workers}\nuser = ""\n'
            f"[source]\n{source}\n{listeners}{self.extra}\n")

    def command(self):
        return [dotmesh_binary(), "serve", "--config", str(self.config)]

    def cli(self, *arguments, check=True, timeout=60):
        return self.run(dotmesh_binary(), *arguments, "--config", str(self.config), check=check, timeout=timeout)

    def zone_file(self, origin):
        return self.folder / "zones" / f"{origin.rstrip('.')}.zone"

    def reload_zone(self, origin):
        self.cli("reload")

    def reload(self, check=True):
        return self.cli("reload", check=check)


class Peer(Server):
    """A server that reads the given zone files where they are, copied into its folder."""

    def zone_file(self, origin):
        return self.folder / f"{origin.rstrip('.') or 'root'}.zone"

    def copy_zones(self):
        for origin, path in self.zones.items():
            shutil.copyfile(path, self.zone_file(origin))


class Knot(Peer):
    name, program = "knot", "knotd"

    def configure(self):
        self.copy_zones()
        zones = "".join(f'  - domain: {o}\n    file: "{self.zone_file(o)}"\n' for o in self.zones)
        (self.folder / "knot.conf").write_text(
            f'server:\n    rundir: "{self.folder}"\n    listen: {self.host}@{self.port}\n    udp-workers: 1\n'
            f"    tcp-workers: 1\n    background-workers: 1\n"
            f'control:\n    listen: "{self.folder}/knot.sock"\n'
            f'database:\n    storage: "{self.folder}/db"\nlog:\n  - target: stderr\n    any: info\n'
            f"template:\n  - id: default\n    journal-content: none\n    zonefile-load: whole\n    semantic-checks: off\n"
            f"zone:\n{zones}")

    def command(self):
        return ["knotd", "-c", str(self.folder / "knot.conf")]

    def reload_zone(self, origin):
        self.run("knotc", "-s", str(self.folder / "knot.sock"), "-b", "zone-reload", origin)


class Nsd(Peer):
    name, program = "nsd", "nsd"

    def configure(self):
        self.copy_zones()
        zones = "".join(f'zone:\n  name: "{o}"\n  zonefile: "{self.zone_file(o)}"\n' for o in self.zones)
        f = self.folder
        (f / "nsd.conf").write_text(
            f'server:\n  ip-address: {self.host}@{self.port}\n  server-count: 1\n  username: ""\n  database: ""\n'
            f'  zonesdir: "{f}"\n  pidfile: "{f}/nsd.pid"\n  xfrdfile: "{f}/xfrd.state"\n  zonelistfile: "{f}/zone.list"\n'
            f'  xfrdir: "{f}"\n  cookie-secret-file: "{f}/cookie"\n  rrl-ratelimit: 0\n  minimal-responses: yes\n'
            f"  round-robin: no\n  hide-version: yes\n"
            f'remote-control:\n  control-enable: yes\n  control-interface: "{f}/nsd.sock"\n{zones}')

    def command(self):
        return ["nsd", "-d", "-c", str(self.folder / "nsd.conf")]

    def reload_zone(self, origin):
        self.run("nsd-control", "-c", str(self.folder / "nsd.conf"), "reload", origin.rstrip("."))


class Bind(Peer):
    name, program = "bind", "named"

    def configure(self):
        self.copy_zones()
        self.control_port = free_port()
        key = 'key control { algorithm hmac-sha256; secret "c2VjcmV0LW9mLWEtdGVzdC1vbi1sb29wYmFjaw=="; };\n'
        (self.folder / "rndc.conf").write_text(
            key + f"options {{ default-key control; default-server {HOST}; default-port {self.control_port}; }};\n")
        zones = "".join(f'zone "{o}" {{ type primary; file "{self.zone_file(o)}"; notify no; check-names ignore; '
                        f"check-integrity no; }};\n" for o in self.zones)
        (self.folder / "named.conf").write_text(
            key + f"controls {{ inet {HOST} port {self.control_port} allow {{ {HOST}; }} keys {{ control; }}; }};\n"
            f'options {{ directory "{self.folder}"; listen-on port {self.port} {{ {self.host}; }}; listen-on-v6 {{ none; }};\n'
            f'  pid-file "{self.folder}/named.pid"; session-keyfile "{self.folder}/session.key"; recursion no;\n'
            f"  minimal-responses yes; minimal-any yes; notify no; dnssec-validation no; querylog no; empty-zones-enable no;\n"
            f"  answer-cookie no; check-names primary ignore; }};\n{zones}")

    def command(self):
        return ["named", "-g", "-n", "1", "-c", str(self.folder / "named.conf")]

    def reload_zone(self, origin):
        self.run("rndc", "-c", str(self.folder / "rndc.conf"), "reload", origin)


class PowerDns(Peer):
    name, program = "powerdns", "pdns_server"

    def configure(self):
        self.copy_zones()
        zones = "".join(f'zone "{o.rstrip(".")}" {{ type native; file "{self.zone_file(o)}"; }};\n' for o in self.zones)
        (self.folder / "bind.conf").write_text(zones)
        (self.folder / "pdns.conf").write_text(
            f"launch=bind\nbind-config={self.folder}/bind.conf\nlocal-address={self.host}\nlocal-port={self.port}\n"
            f"socket-dir={self.folder}\nreceiver-threads=1\ndistributor-threads=1\nreuseport=no\nwebserver=no\n"
            f"security-poll-suffix=\nloglevel=3\nversion-string=anonymous\nguardian=no\ndaemon=no\n")

    def command(self):
        return ["pdns_server", f"--config-dir={self.folder}"]

    def reload_zone(self, origin):
        self.run("pdns_control", f"--config-dir={self.folder}", f"--socket-dir={self.folder}", "bind-reload-now",
                 origin.rstrip("."))


class Echo(Server):
    name, program = "echo", "bench_echo"
    binary = ROOT / "build" / "bench" / "bench_echo"

    @classmethod
    def available(cls):
        return os.access(cls.binary, os.X_OK)

    def configure(self):
        pass

    def command(self):
        return [str(self.binary), str(self.port)]

    def answers(self, origin):
        return udp_exchange(plain_query(origin, 6), self.port, timeout=0.05) is not None


PEERS = [Knot, Nsd, Bind, PowerDns]


SANITIZER_WORDS = ("AddressSanitizer", "ThreadSanitizer", "UndefinedBehaviorSanitizer", "runtime error:")


def check_and_stop(server):
    """Stops it and says what a server that was only asked questions must not do: crash, or upset a sanitizer."""
    was_running = server.process is not None and server.process.poll() is None
    status = server.stop()
    log = server.log_text()
    for word in SANITIZER_WORDS:
        assert word not in log, f"{word} in the log of {server.name}:\n{log[-6000:]}"
    if isinstance(server, Dotmesh) and was_running:
        assert status == 0, f"{server.name} ended with {status}:\n{server.log_tail()}"
    return was_running
