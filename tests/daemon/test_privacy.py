"""No logs means no logs (docs/PRIVACY.md): what clients of a public node say is found nowhere afterwards."""
import re

import pytest

import asking
import canaries
import namespaces


@pytest.fixture
def names():
    with canaries.cable() as both:
        yield both


def remembered(said, node):
    """{where: traces}, of everything the node has written; its folder holds state, log and node file."""
    return said.found_in_folder(node.folder)


def test_nothing_that_a_client_says_is_found_anywhere(nodes, names, tmp_path):
    said = canaries.Canaries()
    with canaries.internet(names) as internet:
        node = canaries.public_node(nodes, names, tmp_path)
        for place, answers in canaries.ask_everything(said, names).items():
            assert answers >= 12, place
        assert any(said.word in name for name, _, _ in internet.asked), "the questions went the whole way"
        told = [*canaries.told_by_http(names), *canaries.told_by_control(node), *canaries.told_by_journal()]
        assert len(told) >= 7 and all(octets for _, octets in told)
        assert {where: said.found_in(octets) for where, octets in told if said.found_in(octets)} == {}
        assert remembered(said, node) == {}
        node.stop()
    assert "stopping" in node.log_text()
    assert remembered(said, node) == {}
    assert not (node.folder / "state" / "cache").exists()


def test_the_search_finds_what_a_kept_cache_holds(nodes, names, tmp_path):
    """The counter-proof, and the rule: names of the Internet, no client, and only when the operator says so."""
    said = canaries.Canaries()
    with canaries.internet(names):
        node = canaries.public_node(nodes, names, tmp_path, "public = true\npersist_cache = true")
        canaries.ask_everything(said, names)
        node.stop()
    assert "names that strangers ask for will be in a file" in node.log_text()
    assert remembered(said, node) == {"state/cache": [said.word.encode()]}
    # A node that keeps no cache leaves none behind.
    node = canaries.public_node(nodes, names, tmp_path)
    assert remembered(said, node) == {}
    assert re.search(r"state/cache: removed", node.log_text())


def test_a_node_for_the_mesh_keeps_no_question_of_a_stranger(nodes, names, tmp_path):
    said = canaries.Canaries()
    with canaries.internet(names) as internet:
        node = canaries.public_node(nodes, names, tmp_path, "")
        canaries.ask_everything(said, names)
        assert not any(said.word in name for name, _, _ in internet.asked)
        with namespaces.inside(names[0]):
            assert asking.Asker("127.0.0.1", canaries.PORT).ask("member.example.", rd=True).answer
        node.stop()
    assert b"member" in (node.folder / "state" / "cache").read_bytes()
    assert remembered(said, node) == {}
