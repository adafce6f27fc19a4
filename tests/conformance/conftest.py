"""One server for all conformance tests. They speak only DNS, so that another server can stand in:
CONFORMANCE_SERVER=knot (nsd, bind) runs them against that one; tests of dotmesh's own choices are skipped."""
import os
import pathlib
import tempfile

import pytest

import asking
from conformance_names import NODE_NAME
import servers
import signing

ZONES = pathlib.Path(__file__).parent / "zones"

KINDS = {kind.name: kind for kind in (servers.Dotmesh, servers.Knot, servers.Nsd, servers.Bind)}


# Where another server, standing in, is known to answer otherwise: {server: {part of a test's name: why}}.
KNOWN = {
    "knot": {
        "test_truncated_question_is_formerr": "is silent",
        "test_label_types_that_do_not_exist": "is silent",
        "test_name_of_255_octets": "is silent where the name is too long",
        "test_class_any": "answers class ANY as IN, with AA",
        "test_a_name_that_becomes_too_long": "NXDOMAIN instead of YXDOMAIN",
        "test_payload_sizes_below_512": "drops the OPT of a truncated answer to payload size 1",
        "test_malformed_query_is_formerr_and_the_connection_lives": "closes the connection",
    },
}


def chosen_kind():
    return KINDS[os.environ.get("CONFORMANCE_SERVER", "dotmesh")]


def pytest_collection_modifyitems(items):
    if chosen_kind() is not servers.Dotmesh:
        for item in items:
            if item.get_closest_marker("own_choice"):
                item.add_marker(pytest.mark.skip(reason="dotmesh's own choice"))
            for part, why in KNOWN.get(chosen_kind().name, {}).items():
                if part in item.name:
                    item.add_marker(pytest.mark.xfail(reason=why))


@pytest.fixture(scope="session")
def server():
    with tempfile.TemporaryDirectory(prefix="dotmesh-conformance-") as folder:
        folder = pathlib.Path(folder)
        zones = {f"{path.stem}.": path for path in sorted(ZONES.glob("*.zone"))}
        zones.update(signing.signed_zones(folder / "signed"))
        node = chosen_kind()(folder / "node", zones, **({"node_name": NODE_NAME} if chosen_kind() is servers.Dotmesh else {}))
        node.start()
        yield node
        assert servers.check_and_stop(node), f"{node.name} ended during the tests:\n{node.log_tail()}"


@pytest.fixture
def dns(server):
    return asking.Asker(server.host, server.port)
