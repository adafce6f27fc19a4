"""Addresses: replies leave from the address that was asked, absent addresses can be bound, IPv6."""
import socket

import pytest

import gitrepo
import servers
from asking import framed, rcode, read_message

QUERY = servers.plain_query("wiki.mesh.")
FILES = {"mesh.zone": gitrepo.zone("wiki A 10.70.1.10")}


def ask_from(family, host, port):
    """One unconnected query; (reply, address that it came from)."""
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        sock.sendto(QUERY, (host, port))
        reply, sender = sock.recvfrom(4096)
        return reply, sender[0]


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "127.5.6.7"])
def test_replies_leave_from_the_address_that_was_asked(nodes, repository, address):
    repository.commit("first", FILES)
    port = servers.free_port()
    nodes(source=repository.source(), zones={"mesh.": None}, listen=[f"0.0.0.0@{port}"], port=port)
    reply, sender = ask_from(socket.AF_INET, address, port)
    assert rcode(reply) == 0 and sender == address
    with socket.create_connection((address, port), 5) as sock:
        sock.sendall(framed(QUERY))
        assert rcode(read_message(sock)) == 0


def test_ipv6(nodes, repository):
    repository.commit("first", FILES)
    port = servers.free_port()
    nodes(source=repository.source(), zones={"mesh.": None}, listen=[f"127.0.0.1@{port}", f"::@{port}"], port=port)
    reply, sender = ask_from(socket.AF_INET6, "::1", port)
    assert rcode(reply) == 0 and sender == "::1"
    with socket.create_connection(("::1", port), 5) as sock:
        sock.sendall(framed(QUERY))
        assert rcode(read_message(sock)) == 0


def test_an_address_that_is_not_on_the_machine_can_be_bound(nodes, repository):
    repository.commit("first", FILES)
    port = servers.free_port()
    node = nodes(source=repository.source(), zones={"mesh.": None},
                 listen=[f"127.0.0.1@{port}", f"192.0.2.53@{port}", f"2001:db8::53@{port}"], port=port,
                 extra=f'[http]\naddress = "192.0.2.53@{servers.free_port()}"')
    assert node.asker.alive("wiki.mesh.", 1)
    servers.wait_until(lambda: "status page at http://192.0.2.53:" in node.log_text(), 10, "the status page")


def test_an_address_in_use_is_said_and_is_fatal(nodes, repository):
    repository.commit("first", FILES)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        node = nodes(source=repository.source(), zones={}, port=port, ready=False)
        assert node.process.wait(30) != 0
        assert str(port) in node.log_text() and "in use" in node.log_text()
