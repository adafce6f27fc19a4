"""Recursive resolvers as processes on loopback: dotmesh and its peers, each with one thread, upon a given
internet (tests/internet): root hints, trust anchor, DNSSEC validation on."""
import pathlib

from servers import Server, dotmesh_binary

CACHE_MEGABYTES = 256


class Resolver(Server):
    """`internet` has .hints and .trust_anchor, files. Ready when it answers a name of the internet."""
    ready_name = "www.z0.t0."

    def __init__(self, folder, internet, settings=None, **kwargs):
        super().__init__(folder, zones={self.ready_name: None}, **kwargs)
        self.internet = internet
        self.settings = dict(settings or {})

    def answers(self, origin):
        from servers import plain_query, udp_exchange
        reply = udp_exchange(plain_query(origin, 1, flags=0x0100), self.port, self.host, timeout=2)
        return reply is not None and len(reply) > 12 and reply[3] & 15 == 0 and reply[6:8] != b"\0\0"


class Dotmesh(Resolver):
    name = "dotmesh"

    @classmethod
    def available(cls):
        return pathlib.Path(dotmesh_binary()).exists()

    def configure(self):
        network = self.folder / "network"
        network.mkdir(exist_ok=True)
        (network / "dotmesh.toml").write_text('[network]\nname = "test"\n')
        settings = {"root_hints": f'"{self.internet.hints}"', "trust_anchors": f'"{self.internet.trust_anchor}"',
                    "allow_loopback_servers": "true", "cache_size": f'"{CACHE_MEGABYTES}MiB"', "persist_cache": "false",
                    "special_use_names": "false", "ipv6": "false", **self.settings}
        text = ["[node]", 'name = "test"', f'state = "{self.folder}/state"', "workers = 1", 'user = ""',
                "[source]", f'path = "{network}"', "[[listen]]", f'address = "{self.host}@{self.port}"', 'role = ["resolver"]',
                "[resolver]", *(f"{key} = {value}" for key, value in settings.items())]
        (self.folder / "node.toml").write_text("\n".join(text) + "\n")

    def command(self):
        return [dotmesh_binary(), "serve", "--config", str(self.folder / "node.toml")]


class Unbound(Resolver):
    name, program = "unbound", "unbound"

    def configure(self):
        (self.folder / "unbound.conf").write_text(f"""server:
 directory: "{self.folder}"
 chroot: ""
 pidfile: ""
 username: ""
 use-syslog: no
 do-daemonize: no
 num-threads: 1
 interface: {self.host}
 port: {self.port}
 do-ip6: no
 access-control: 127.0.0.0/8 allow
 do-not-query-localhost: no
 root-hints: "{self.internet.hints}"
 trust-anchor-file: "{self.internet.trust_anchor}"
 qname-minimisation: yes
 minimal-responses: yes
 aggressive-nsec: yes
 prefetch: yes
 msg-cache-size: {CACHE_MEGABYTES // 2}m
 rrset-cache-size: {CACHE_MEGABYTES // 2}m
 outgoing-range: 8192
 num-queries-per-thread: 4096
 so-rcvbuf: 4m
remote-control:
 control-enable: no
""")

    def command(self):
        return ["/usr/sbin/unbound", "-d", "-c", str(self.folder / "unbound.conf")]


class KnotResolver(Resolver):
    name, program = "knot-resolver", "kresd"

    def configure(self):
        anchor = self.internet.trust_anchor.read_text().strip()
        addresses = [line.split()[-1] for line in self.internet.hints.read_text().splitlines() if " A " in line]
        names = [line.split()[0] for line in self.internet.hints.read_text().splitlines() if " A " in line]
        roots = ", ".join(f"['{name}'] = {{'{address}'}}" for name, address in zip(names, addresses))
        (self.folder / "config").write_text(f"""
net.listen('{self.host}', {self.port}, {{ kind = 'dns' }})
net.ipv6 = false
modules = {{ 'hints > iterate' }}
modules.unload('ta_update')
modules.unload('ta_signal_query')
modules.unload('detect_time_jump')
cache.size = {CACHE_MEGABYTES} * MB
hints.root({{ {roots} }})
trust_anchors.remove('.')
trust_anchors.add("{anchor}")
option('ALLOW_LOCAL', true)
""")

    def command(self):
        return ["/usr/sbin/kresd", "-n", "-c", str(self.folder / "config"), str(self.folder)]


class PowerDnsRecursor(Resolver):
    name, program = "powerdns-recursor", "pdns_recursor"

    def configure(self):
        anchor = self.internet.trust_anchor.read_text().split("DS", 1)[1].strip()
        (self.folder / "anchors.lua").write_text(f'clearDS(".")\naddDS(".", "{anchor}")\n')
        (self.folder / "recursor.conf").write_text(f"""local-address={self.host}
local-port={self.port}
socket-dir={self.folder}
config-dir={self.folder}
daemon=no
threads=1
pdns-distributes-queries=no
hint-file={self.internet.hints}
lua-config-file={self.folder}/anchors.lua
dnssec=validate
dont-query=
allow-from=127.0.0.0/8
security-poll-suffix=
max-cache-entries=1000000
max-packetcache-entries=500000
setuid=
setgid=
quiet=yes
loglevel=3
""")

    def command(self):
        return ["/usr/sbin/pdns_recursor", f"--config-dir={self.folder}"]


class Bind(Resolver):
    name, program = "bind", "named"

    def configure(self):
        tag, algorithm, kind, digest = self.internet.trust_anchor.read_text().split("DS", 1)[1].split()
        (self.folder / "named.conf").write_text(f"""options {{
 directory "{self.folder}"; pid-file none; session-keyfile none; managed-keys-directory "{self.folder}";
 listen-on port {self.port} {{ {self.host}; }}; listen-on-v6 {{ none; }};
 recursion yes; allow-query {{ any; }}; allow-recursion {{ any; }}; dnssec-validation yes;
 max-cache-size {CACHE_MEGABYTES}m; minimal-responses yes; empty-zones-enable no;
 recursive-clients 10000; fetches-per-zone 0; fetches-per-server 0;
}};
trust-anchors {{ "." static-ds {tag} {algorithm} {kind} "{digest}"; }};
zone "." {{ type hint; file "{self.internet.hints}"; }};
controls {{ }};
logging {{ channel quiet {{ stderr; severity error; }}; category default {{ quiet; }}; }};
""")

    def command(self):
        return ["/usr/sbin/named", "-g", "-n", "1", "-U", "1", "-c", str(self.folder / "named.conf")]


PEERS = [Unbound, KnotResolver, PowerDnsRecursor, Bind]
