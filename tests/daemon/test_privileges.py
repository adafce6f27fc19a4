"""The running daemon has given up what it does not need, in every thread."""
import pathlib
import re

import pytest

import gitrepo
import servers

FILES = {"mesh.zone": gitrepo.zone("wiki A 10.70.1.10")}


def server_threads(node):
    """/proc/PID/task/*/status of the server itself."""
    for status in pathlib.Path(f"/proc/{node.process.pid}/task").glob("*/status"):
        yield dict(re.findall(r"^(\w+):\s+(.*)$", status.read_text(), re.M))


def core_limit(node):
    return re.search(r"^Max core file size\s+(\S+)\s+(\S+)", pathlib.Path(f"/proc/{node.process.pid}/limits").read_text(), re.M).groups()


@pytest.mark.parametrize("listen", ["127.0.0.1", "0.0.0.0"])
def test_the_server_has_no_power_left(nodes, repository, listen):
    repository.commit("first", FILES)
    port = servers.free_port()
    node = nodes(source=repository.source(), zones={"mesh.": None}, listen=[f"{listen}@{port}"], port=port)
    if b"__asan_init" in pathlib.Path(servers.dotmesh_binary()).read_bytes():
        pytest.skip("a sanitizer's run-time needs more calls")
    files_only = 1 << 1 | 1 << 3  # CAP_DAC_OVERRIDE and CAP_FOWNER, of a root that stays root
    for status in server_threads(node):
        for field in ("CapInh", "CapAmb"):
            assert int(status[field], 16) == 0, (field, status)
        for field in ("CapPrm", "CapEff", "CapBnd"):
            assert int(status[field], 16) & ~files_only == 0 or status["Uid"].split()[0] != "0", (field, status)
        assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2", status
    if listen == "0.0.0.0":
        assert core_limit(node) == ("0", "0")


def test_a_new_commit_is_still_fetched(nodes, repository):
    """The fetch is a program that the filtered daemon starts; 0.0.0.0: without core dumps, too."""
    repository.commit("first", FILES)
    port = servers.free_port()
    node = nodes(source=repository.source(), zones={"mesh.": None}, listen=[f"0.0.0.0@{port}"], port=port)
    repository.commit("second", {"mesh.zone": gitrepo.zone("news A 10.70.1.11")})
    node.cli("reload")
    assert node.asker.alive("news.mesh.", 5)
