"""The resolver under test as a process: dotmesh, and peers to check the harness itself with."""
import datetime
import os
import pathlib
import select
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
ADDRESS = "127.53.53.53"
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"


class FakeTime:
    """A file that libfaketime reads at every look at the clock."""

    def __init__(self, folder, wall):
        self.path = folder / "time"
        self.set(wall)

    def set(self, wall):
        """The clock starts at `wall` and runs."""
        self.wall = wall
        text = datetime.datetime.fromtimestamp(wall, datetime.timezone.utc).strftime("@%Y-%m-%d %H:%M:%S\n")
        aside = self.path.with_suffix(".new")
        aside.write_text(text)
        aside.replace(self.path)

    def environment(self):
        return {"LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": str(self.path), "FAKETIME_NO_CACHE": "1", "TZ": "UTC"}


class Process:
    def __init__(self, folder, scenario, minimise, wall):
        self.folder = folder
        self.scenario = scenario
        self.minimise = minimise
        self.time = FakeTime(folder, wall)

    def start(self):
        config = self.scenario.config
        hints = [f". 3600000 IN NS {config.root_name}"]
        for address in config.roots:
            hints.append(f"{config.root_name} 3600000 IN {'AAAA' if ':' in address else 'A'} {address}")
        (self.folder / "hints.zone").write_text("\n".join(hints) + "\n")
        (self.folder / "anchors").write_text("".join(line + "\n" for line in config.trust_anchors))
        self.configure()
        self.notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notified.bind(str(self.folder / "notify"))
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(self.command(), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env={**os.environ, **self.time.environment(),
                                                 "NOTIFY_SOCKET": str(self.folder / "notify")})

    def wait_ready(self, seconds):
        """What a service manager waits for (sd_notify), or the end of the process."""
        ended = os.pidfd_open(self.process.pid)
        try:
            until = time.monotonic() + seconds
            while True:
                come = select.select([self.notified, ended], [], [], max(0.0, until - time.monotonic()))[0]
                if self.notified in come and b"READY=1" in self.notified.recv(4096).split(b"\n"):
                    return
                if not come or ended in come:
                    why = f"ended with {self.process.wait()}" if ended in come else f"is not ready after {seconds} s"
                    raise RuntimeError(f"the resolver {why}:\n{self.log()}")
        finally:
            os.close(ended)

    def stop(self):
        self.process.terminate()
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def log(self):
        return (self.folder / "log").read_text(errors="replace")


class Dotmesh(Process):
    def configure(self):
        config = self.scenario.config
        (self.folder / "network").mkdir()
        (self.folder / "network" / "dotmesh.toml").write_text('[network]\nname = "scenario"\n')
        yes = {True: "true", False: "false"}
        lines = ["[node]", 'name = "scenario"', 'state = "state"', "workers = 1", 'user = ""',
                 "[source]", 'path = "network"',
                 "[[listen]]", f'address = "{ADDRESS}@53"', 'role = ["resolver"]',
                 "[resolver]", 'root_hints = "hints.zone"', 'trust_anchors = "anchors"',
                 f"negative_trust_anchors = {config.negative_anchors!r}".replace("'", '"'),
                 f"qname_minimisation = {yes[self.minimise]}",
                 "prefetch = false", f'serve_stale = "{config.serve_stale}s"', "cookies = false", "randomise_case = false",
                 "special_use_names = false", f"ipv4 = {yes[config.ipv4]}", f"ipv6 = {yes[config.ipv6]}",
                 f"allow_loopback_servers = {yes[config.ask_loopback]}", "persist_cache = false"]
        for feature, key in (("min_ttl", "cache_min_ttl"), ("max_ttl", "cache_max_ttl")):
            if feature in config.features:
                lines.append(f'{key} = "{config.features[feature]}s"')
        for zone, servers in config.forwards:
            quoted = ", ".join(f'"{server}"' for server in servers)
            lines += ["[[resolver.forward]]", f'zone = "{zone}"', f"to = [{quoted}]"]
        (self.folder / "node.toml").write_text("\n".join(lines) + "\n")

    def command(self):
        binary = os.environ.get("DOTMESH_BINARY", str(ROOT / "build" / "dotmesh"))
        return [binary, "serve", "--config", "node.toml"]


class Unbound(Process):
    def configure(self):
        config = self.scenario.config
        yes = {True: "yes", False: "no"}
        anchors = 'trust-anchor-file: "anchors"' if config.trust_anchors else 'module-config: "iterator"'
        insecure = "\n".join(f"domain-insecure: {name}" for name in config.negative_anchors)
        forwards = "".join(f'forward-zone:\n name: "{zone}"\n' + "".join(f" forward-addr: {server}\n" for server in servers)
                           for zone, servers in config.forwards)
        (self.folder / "unbound.conf").write_text(f"""server:
 directory: ""
 chroot: ""
 pidfile: ""
 username: ""
 use-syslog: no
 use-systemd: yes
 do-daemonize: no
 verbosity: 3
 interface: {ADDRESS}
 access-control: 0.0.0.0/0 allow
 root-hints: "hints.zone"
 {anchors}
 {insecure}
 qname-minimisation: {yes[self.minimise]}
 do-ip4: yes
 do-ip6: {yes[config.ipv6]}
 do-not-query-localhost: {yes[not config.ask_loopback]}
 harden-glue: {yes[config.harden_glue]}
 minimal-responses: yes
 ede: yes
 aggressive-nsec: yes
 local-zone: "test." nodefault
 local-zone: "168.192.in-addr.arpa." nodefault
 serve-expired: {yes[config.serve_stale > 0]}
 serve-expired-ttl: {config.serve_stale}
 serve-expired-client-timeout: 1800
 cache-min-ttl: {config.features.get('min_ttl', 0)}
 cache-max-ttl: {config.features.get('max_ttl', 86400)}
remote-control:
 control-enable: no
{forwards}""")

    def command(self):
        return ["/usr/sbin/unbound", "-d", "-c", "unbound.conf"]


KINDS = {"dotmesh": Dotmesh, "unbound": Unbound}
