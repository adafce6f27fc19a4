"""The fleet: nodes of one network that know of each other, by `dotmesh fleet`, /api/fleet and metrics."""
import contextlib
import json
import re
import socket
import threading
import time
import urllib.request

import pytest

import servers

ZONE = "@ 60 SOA ns ns 1 1 1 1 30\n@ 60 NS ns\nns 60 A 10.0.0.1\n"


@pytest.fixture
def network(nodes, tmp_path):
    """network(names, run): a folder whose network file lists `names`; those of `run` are started. {name: node}"""
    folder = tmp_path / "network"
    folder.mkdir()
    ports = {}

    def write(names):
        text = '[network]\nname = "test"\n[[zone]]\nname = "mesh."\nfile = "mesh.zone"\n'
        for name in names:
            port = ports.setdefault(name, servers.free_port("127.0.0.1"))
            text += f'[[node]]\nname = "{name}"\naddress = "127.0.0.1@{port}"\n'
        (folder / "dotmesh.toml").write_text(text)

    def start(names, run):
        (folder / "mesh.zone").write_text(ZONE)
        write(names)
        started = {}
        for name in run:
            started[name] = nodes(source=f'path = "{folder}"', zones={"mesh.": None}, node_name=name,
                                  extra=f'[http]\naddress = "127.0.0.1@{ports[name]}"\n[fleet]\ninterval = "1s"\n')
            started[name].url = f"http://127.0.0.1:{ports[name]}"
        return started
    start.write = write
    start.folder = folder
    return start


def fleet(node):
    with urllib.request.urlopen(node.url + "/api/fleet", timeout=5) as response:
        return {entry["name"]: entry for entry in json.load(response)}


def wait_for(node, condition, what):
    servers.wait_until(lambda: condition(fleet(node)), 20, what)
    return fleet(node)


def test_nodes_know_of_each_other(network):
    nodes = network(["one", "two", "gone"], ["one", "two"])
    told = wait_for(nodes["one"], lambda f: f.get("two", {}).get("state") == "well" and f["gone"]["error"], "two is well")
    assert list(told) == ["one", "two", "gone"]
    assert told["one"]["state"] == "well" and told["one"]["latency_ms"] is None
    assert told["two"]["commit"] == told["one"]["commit"] != "" and told["two"]["version"]
    assert 0 < told["two"]["latency_ms"] < 3000 and told["two"]["error"] == ""
    assert told["gone"]["error"] == "cannot be reached" and told["gone"]["state"] == ""
    text = nodes["one"].cli("fleet", check=False)
    assert text.returncode == 1 and re.search(r"^gone +silent .*cannot be reached$", text.stdout, re.M)
    assert json.loads(nodes["one"].cli("fleet", "--json", check=False).stdout)[1]["name"] == "two"
    with urllib.request.urlopen(nodes["one"].url + "/metrics", timeout=5) as response:
        metrics = response.read().decode()
    assert 'dotmesh_fleet_node_up{node="two"} 1\n' in metrics and 'dotmesh_fleet_node_up{node="gone"} 0\n' in metrics


def test_a_node_that_refuses_a_commit_and_one_that_ends(network):
    nodes = network(["one", "two"], ["one", "two"])
    wait_for(nodes["one"], lambda f: f.get("two", {}).get("state") == "well", "two is well")
    assert nodes["one"].cli("fleet").returncode == 0
    (network.folder / "mesh.zone").write_text(ZONE + "broken\n")
    nodes["two"].cli("reload", check=False)
    wait_for(nodes["one"], lambda f: f["two"]["state"] == "faults", "two has faults")
    nodes["two"].stop()
    wait_for(nodes["one"], lambda f: f["two"]["error"] == "cannot be reached", "two is gone")


def test_a_commit_changes_the_fleet(network):
    nodes = network(["one"], ["one"])
    assert list(wait_for(nodes["one"], lambda f: f, "one")) == ["one"]
    network.write(["one", "two"])
    nodes["one"].cli("reload")
    wait_for(nodes["one"], lambda f: "two" in f, "two is listed")
    network.write([])
    nodes["one"].cli("reload")
    wait_for(nodes["one"], lambda f: not f, "nobody is listed")
    assert "lists no [[node]]" in nodes["one"].cli("fleet").stdout


@contextlib.contextmanager
def dripping(port):
    """A server that answers every connection with a header that never ends, an octet now and then."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", port)) as listener:
        listener.settimeout(0.1)

        def drip(connection):
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                while not ended.wait(0.2):
                    connection.sendall(b"x")

        def run():
            while not ended.is_set():
                with contextlib.suppress(TimeoutError):
                    threading.Thread(target=drip, args=(listener.accept()[0],), daemon=True).start()
        thread = threading.Thread(target=run)
        thread.start()
        yield
        ended.set()
        thread.join()


def test_one_that_drips_octets_holds_up_nobody(network):
    port = servers.free_port("127.0.0.1")
    with dripping(port):
        nodes = network(["one", "two"], ["one", "two"])
        text = (network.folder / "dotmesh.toml").read_text()
        (network.folder / "dotmesh.toml").write_text(text + f'[[node]]\nname = "drip"\naddress = "127.0.0.1@{port}"\n')
        nodes["one"].cli("reload")
        told = wait_for(nodes["one"], lambda f: f.get("drip", {}).get("error"), "the drip is given up")
        # The other has read the changed folder or not yet; its state tells of the serial then.
        assert told["drip"]["error"] == "no answer in time" and told["two"]["error"] == "" and told["two"]["state"]
        began = time.monotonic()
        nodes["one"].stop()
        assert time.monotonic() - began < 4


def test_another_node_at_that_address_is_told(network):
    nodes = network(["one", "two"], ["one", "two"])
    port = nodes["two"].url.rsplit(":", 1)[1]
    text = (network.folder / "dotmesh.toml").read_text()
    (network.folder / "dotmesh.toml").write_text(text.replace('name = "two"', 'name = "three"'))
    nodes["one"].cli("reload")
    told = wait_for(nodes["one"], lambda f: f.get("three", {}).get("error"), "three is another")
    assert told["three"]["error"] == 'another node answers there: "two"' and told["three"]["address"].endswith(port)
