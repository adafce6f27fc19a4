"""The resolver's cache: prepared answers, over a restart, and what a new commit makes it forget."""
import time

import dns.flags
import pytest

import upstream


def address(octet, ttl=60):
    return lambda query, tcp: upstream.reply(query, f"{query.question[0].name} {ttl} A 192.0.2.{octet}")


def first_address(message):
    return str(message.answer[-1][0]) if message.answer else None


def ask_until(condition):
    """`condition` asks the node: each look is an answer of it."""
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until, "asked for 10 s in vain"


@pytest.fixture
def network(tmp_path):
    """A folder with a network file that forwards zones: network({"example.": "127.0.0.1@5300"})."""
    folder = tmp_path / "network"
    folder.mkdir()
    (folder / "mesh.zone").write_text("@ 60 SOA ns ns 1 1 1 1 30\n@ 60 NS ns\nns 60 A 10.0.0.1\n")

    def write(forwards):
        rows = "".join(f'[[resolver.forward]]\nzone = "{zone}"\nto = ["{to}"]\n' for zone, to in forwards.items())
        (folder / "dotmesh.toml").write_text('[network]\nname = "test"\n[[zone]]\nname = "mesh."\nfile = "mesh.zone"\n' + rows)
        return folder
    return write


@pytest.fixture
def resolving(nodes, tmp_path):
    """resolving(folder of the network) starts a resolver; all of one test share a state folder."""
    (tmp_path / "no-anchors").write_text("")

    def start(network, extra=""):
        return nodes(folder=tmp_path / "node", source=f'path = "{network}"', roles='["authority", "resolver"]',
                     zones={"mesh.": None},
                     extra=f'[resolver]\ntrust_anchors = "{tmp_path / "no-anchors"}"\n{extra}\n')
    return start


def test_an_answer_is_asked_for_once_and_its_ttl_goes_down(resolving, network):
    with upstream.Upstream(address(1)) as server:
        node = resolving(network({"example.": server.address}))
        assert node.asker.ask("www.example.", rd=True).answer[0].ttl == 60
        ask_until(lambda: node.asker.ask("WWW.example.", rd=True).answer[0].ttl < 60)
        message = node.asker.ask("www.example.", rd=True, tcp=True)
        assert first_address(message) == "192.0.2.1" and message.flags & dns.flags.RA
        assert message.answer[0].name.to_text() == "www.example."
        assert server.count("www.example.") == 1


def test_the_cache_outlives_a_restart(resolving, network):
    with upstream.Upstream(address(1, ttl=600)) as server:
        folder = network({"example.": server.address})
        node = resolving(folder)
        node.asker.ask("www.example.", rd=True)
        node.stop()
        node = resolving(folder)
        message = node.asker.ask("www.example.", rd=True)
        assert first_address(message) == "192.0.2.1" and 500 < message.answer[0].ttl <= 600
        assert server.count("www.example.") == 1


def test_a_cache_is_not_kept_when_the_node_file_says_so(resolving, network):
    with upstream.Upstream(address(1)) as server:
        folder = network({"example.": server.address})
        for _ in range(2):
            node = resolving(folder, "persist_cache = false")
            node.asker.ask("www.example.", rd=True)
            node.stop()
        assert server.count("www.example.") == 2
        assert not (node.folder / "state" / "cache").exists()


@pytest.mark.parametrize("damage", [b"", b"not a cache", None])
def test_a_damaged_cache_is_told_and_left_out(resolving, network, damage):
    with upstream.Upstream(address(1)) as server:
        folder = network({"example.": server.address})
        node = resolving(folder)
        node.asker.ask("www.example.", rd=True)
        node.stop()
        file = node.folder / "state" / "cache"
        octets = bytearray(file.read_bytes())
        octets[len(octets) // 2] ^= 0xff
        file.write_bytes(octets if damage is None else damage)
        node = resolving(folder)
        assert first_address(node.asker.ask("www.example.", rd=True)) == "192.0.2.1"
        assert server.count("www.example.") == 2
        told = [line for line in node.log_tail(80).splitlines() if f"{file}: " in line and "anew at the next stop" in line]
        assert len(told) == 1, told


def test_a_commit_that_forwards_otherwise_is_heeded_at_once(resolving, network):
    with upstream.Upstream(address(1, ttl=600)) as first, upstream.Upstream(address(2, ttl=600)) as second:
        node = resolving(network({"example.": first.address, "same.": first.address}))
        for name in ("www.example.", "www.same."):
            assert first_address(node.asker.ask(name, rd=True)) == "192.0.2.1"
        network({"example.": second.address, "same.": first.address})
        node.reload()
        ask_until(lambda: first_address(node.asker.ask("www.example.", rd=True)) == "192.0.2.2")
        assert first_address(node.asker.ask("www.same.", rd=True)) == "192.0.2.1"
        assert first.count("www.same.") == 1, "what did not change is kept"


def test_a_zone_that_comes_takes_its_names(resolving, network, tmp_path):
    with upstream.Upstream(address(1, ttl=600)) as server:
        folder = network({".": server.address})
        node = resolving(folder)
        assert first_address(node.asker.ask("www.new.", rd=True)) == "192.0.2.1"
        (folder / "new.zone").write_text("@ 60 SOA ns ns 1 1 1 1 30\n@ 60 NS ns\nns 60 A 10.0.0.1\nwww 60 A 10.0.0.2\n")
        with (folder / "dotmesh.toml").open("a") as file:
            file.write('[[zone]]\nname = "new."\nfile = "new.zone"\n')
        node.reload()
        ask_until(lambda: first_address(node.asker.ask("www.new.", rd=True)) == "10.0.0.2")
