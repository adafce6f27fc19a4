"""A public resolver in a network namespace, clients outside its mesh, and looking for traces of what they asked.

docs/PRIVACY.md is the promise that these tests hold the node to.
"""
import contextlib
import pathlib
import secrets
import socket
import subprocess
import urllib.error
import urllib.request

import dns.edns
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.reversename

import asking
import namespaces
import servers
import upstream

PORT, HTTP_PORT = 5300, 8353
# Server and client of each family: documentation prefixes, so of the class public.
PLACES = [("198.51.100.1", "198.51.100.77"), ("2001:db8:5a::1", "2001:db8:5a::7a11")]
CLIENTS = [client for _, client in PLACES]
HTTP_PATHS = ["/metrics", "/", "/api/status", "/api/zones", "/api/changes", "/api/search?q=mesh", "/api/fleet"]
COMMANDS = [("status",), ("status", "--json"), ("fleet",), ("zones",), ("zone", "mesh."), ("reload",)]
ZONE = "@ 60 SOA ns ns 1 1 1 1 30\n@ 60 NS ns\nns 60 A 10.0.0.1\nout 60 CNAME www.example.\n"


@contextlib.contextmanager
def cable():
    with namespaces.pair(["198.51.100.1/24", "2001:db8:5a::1/64"],
                         ["198.51.100.77/24", "2001:db8:5a::7a11/64"]) as names:
        yield names


def answer(query, tcp):
    """The Internet: everything has an address, but names under fail. have none to tell."""
    name = query.question[0].name.to_text().lower()
    if name.endswith("fail."):
        return upstream.reply(query, rcode=dns.rcode.SERVFAIL)
    return upstream.reply(query, f"{query.question[0].name} 600 A 192.0.2.99")


@contextlib.contextmanager
def internet(names):
    with namespaces.inside(names[0]):
        server = upstream.Upstream(answer, "127.0.0.1", 5301)
        server.__enter__()
    try:
        yield server
    finally:
        server.__exit__()


def public_node(nodes, names, folder, resolver="public = true", more=""):
    zones = folder / "network"
    zones.mkdir(exist_ok=True)
    (zones / "mesh.zone").write_text(ZONE)
    (zones / "dotmesh.toml").write_text('[network]\nname = "test"\nmesh_prefixes = ["10.0.0.0/8"]\n'
                                        '[[zone]]\nname = "mesh."\nfile = "mesh.zone"\n')
    (folder / "no-anchors").write_text("")
    with namespaces.inside(names[0]):
        return nodes(folder=folder / "node", source=f'path = "{zones}"', zones={"mesh.": None}, host="127.0.0.1", port=PORT,
                     roles='["authority", "resolver"]', listen=[f"{host}@{PORT}" for host in ["127.0.0.1", *dict(PLACES)]],
                     extra=f'[http]\naddress = "127.0.0.1@{HTTP_PORT}"\n'
                           f'[resolver]\ntrust_anchors = "{folder / "no-anchors"}"\n{resolver}\n'
                           '[[resolver.forward]]\nzone = "."\nto = ["127.0.0.1@5301"]\n' + more)


class Canaries:
    """Words that nobody but a client says, and what an observer could make of one."""

    def __init__(self):
        self.word = "canary" + secrets.token_hex(6)
        self.said = 0

    def label(self):
        self.said += 1
        return f"{self.word}x{self.said}"

    def traces(self):
        """Octets to look for: the word, the clients' addresses as text, in reverse names, in network order."""
        yield self.word.encode()
        for client in CLIENTS:
            family = socket.AF_INET6 if ":" in client else socket.AF_INET
            yield client.encode()
            yield socket.inet_pton(family, client)
            yield dns.reversename.from_address(client).to_text().rstrip(".").encode()

    def found_in(self, octets):
        lower = octets.lower()
        return [trace for trace in self.traces() if trace in octets or trace.lower() in lower]

    def found_in_folder(self, folder):
        """{file: traces} of everything below, names of files included. A node that runs may rename a folder
        meanwhile; then all is looked at again."""
        for _ in range(10):
            try:
                return self.found_in_files(folder)
            except FileNotFoundError:
                continue
        raise AssertionError(f"{folder} changes all the time")

    def found_in_files(self, folder):
        found = {}
        for path in sorted(pathlib.Path(folder).rglob("*")):
            here = self.found_in(str(path).encode()) + (self.found_in(path.read_bytes()) if path.is_file() else [])
            if here:
                found[str(path.relative_to(folder))] = here
        return found


def messages(canaries, client):
    """Everything that a client may ask, sensible or not, each with a canary, as octets."""
    label = canaries.label
    make = dns.message.make_query
    option = dns.edns.GenericOption(65001, label().encode())
    subnet = dns.edns.ECSOption(client)
    for name in (f"{label()}.mesh.", f"{label()}.example.", f"{label()}.fail.", f"{label()}.localhost.", f"{label()}.onion.",
                 dns.reversename.from_address(client).to_text()):
        yield make(name, "A").to_wire()
        yield make(name.upper(), "AAAA", want_dnssec=True).to_wire()
    yield make(f"{label()}.bind.", "TXT", "CH").to_wire()
    yield make(f"{label()}.example.", "TXT", use_edns=0, options=[option, subnet]).to_wire()
    yield make(f"{label()}.mesh.", "ANY", use_edns=0, options=[option, subnet]).to_wire()
    yield make(f"{label()}.mesh.", "AXFR").to_wire()
    for opcode in (dns.opcode.NOTIFY, dns.opcode.UPDATE, 7):
        strange = make(f"{label()}.mesh.", "SOA")
        strange.set_opcode(opcode)
        yield strange.to_wire()
    whole = make(f"{label()}.example.", "A").to_wire()
    yield whole[:-3]                                        # ends within the question
    yield whole + label().encode()                          # goes on behind it
    yield whole[:4] + b"\xff\xff" + whole[6:]               # claims 65,535 questions


def over_udp(host, packets):
    """Sends all; the number of answers, when there are no more."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    answers = 0
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.connect((host, PORT))
        for packet in packets:
            sock.send(packet)
        sock.settimeout(1.0)
        with contextlib.suppress(TimeoutError):
            while sock.recv(65535):
                answers += 1
    return answers


def over_tcp(host, packets):
    """Each on a connection of its own, the last one cut off within its frame."""
    answers = 0
    for packet in packets:
        with socket.create_connection((host, PORT), asking.TIMEOUT) as sock:
            sock.sendall(asking.framed(packet))
            sock.shutdown(socket.SHUT_WR)
            answers += asking.read_message(sock) is not None
    with socket.create_connection((host, PORT), asking.TIMEOUT) as sock:
        sock.sendall(asking.framed(packet)[:-2])
    return answers


TRANSPORTS = {"udp": over_udp, "tcp": over_tcp}


def ask_everything(canaries, names):
    """Every message from every client over every transport; {(transport, client): answers}."""
    with namespaces.inside(names[1]):
        return {(transport, client): send(host, list(messages(canaries, client)))
                for transport, send in TRANSPORTS.items() for host, client in PLACES}


def told_by_http(names):
    with namespaces.inside(names[0]):
        for path in HTTP_PATHS:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{HTTP_PORT}{path}", timeout=5) as response:
                    yield path, response.read()
            except urllib.error.HTTPError as error:
                yield path, error.read()


def told_by_control(node):
    for command in COMMANDS:
        done = node.cli(*command, check=False)   # a fleet of none is bad news, too
        yield " ".join(command), (done.stdout + done.stderr).encode()


def told_by_journal():
    """The machine's journal, where it has one: the daemon itself only writes to its standard error."""
    if pathlib.Path("/run/systemd/journal/socket").exists():
        done = subprocess.run(["journalctl", "--no-pager", "-o", "export", "--since", "-10min"], capture_output=True, check=False)
        yield "journal", done.stdout
