"""A member's delegation: the NS records in the network's zone are all that the resolver needs, under the name of
the zone and under that of its twin; every server of the set is tried; nothing goes to the root."""
import contextlib

import pytest

import namespaces
import upstream

NETWORK = """[network]
name = "test"
[[zone]]
name = "mesh."
file = "mesh.zone"
twins = ["mesh.example.net."]
"""
ZONE = """@ 60 SOA ns ns 1 1 1 1 30
@ 60 NS ns
ns 60 A 10.0.0.1
member 60 NS ns1.member
member 60 NS ns2.member
ns1.member 60 A 127.0.9.1
ns2.member 60 A 127.0.9.2
into 60 CNAME www.member
"""


@pytest.fixture
def members(nodes, tmp_path):
    """members(answer, hosts): a node alone in its network, and scripted servers on port 53 of these hosts."""
    zones = tmp_path / "zones"
    zones.mkdir()
    (zones / "dotmesh.toml").write_text(NETWORK)
    (zones / "mesh.zone").write_text(ZONE)
    with contextlib.ExitStack() as stack:
        stack.enter_context(namespaces.alone())

        def start(answer, hosts):
            running = [stack.enter_context(upstream.Upstream(answer, host, 53)) for host in hosts]
            node = nodes(source=f'path = "{zones}"', roles='["authority", "resolver"]', zones={"mesh.": None},
                         extra="[resolver]\nallow_loopback_servers = true\n")
            return node.asker, running
        yield start


def member(query, tcp):
    return upstream.reply(query, f"{query.question[0].name} 60 A 192.0.2.9")


def addresses(message):
    return [str(record) for rrset in message.answer for record in rrset if rrset.rdtype == 1]


@pytest.mark.parametrize("apex", ["mesh.", "mesh.example.net."])
def test_a_members_names_are_found_by_the_ns_records_alone(members, apex):
    asker, servers = members(member, ["127.0.9.1", "127.0.9.2"])
    assert addresses(asker.ask(f"www.member.{apex}", rd=True)) == ["192.0.2.9"]
    assert addresses(asker.ask(f"into.{apex}", rd=True)) == ["192.0.2.9"]
    assert {name.split(".", 1)[1] for server in servers for name, *_ in server.asked} <= {f"member.{apex}", apex}


@pytest.mark.parametrize("alive", ["127.0.9.1", "127.0.9.2"])
def test_the_other_server_is_tried_when_one_is_not_there(members, alive):
    asker, _ = members(member, [alive])
    for i in range(10):
        assert addresses(asker.ask(f"n{i}.member.mesh.", rd=True)) == ["192.0.2.9"]


def test_a_member_without_servers_fails_alone(members):
    asker, _ = members(member, [])
    assert asker.ask("www.member.mesh.", rd=True, payload=1232).rcode() == 2
    assert addresses(asker.ask("ns.mesh.", rd=True)) == ["10.0.0.1"]
