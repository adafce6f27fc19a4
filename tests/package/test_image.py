"""The OCI image, built from packaging/container/Dockerfile and run: as nobody in particular, on a read-only root, and beside
BIRD as compose.yaml says. Its first stage, which builds the package, is replaced by the package that is there."""
import contextlib
import json
import os
import re
import stat

import pytest

import asking
import containers
import gitrepo
import servers

PORT = 5353
SERVICE = "10.10.10.10"
LOCKED = ["--network", "none", "--read-only", "--read-only-tmpfs=false", "--cap-drop", "all", "--security-opt", "no-new-privileges"]


@pytest.fixture
def network(tmp_path):
    repository = gitrepo.GitRepository(tmp_path / "net")
    repository.commit("first", {"mesh.zone": gitrepo.zone("wiki A 10.70.1.10")})
    return repository


def alive(container, port, host="127.0.0.1"):
    with container.network(), contextlib.suppress(OSError):   # no way to a service address before it is there
        reply = asking.Asker(host, port).raw(servers.plain_query("wiki.mesh.", 1), 0.1)
        return reply is not None and reply[6:8] != b"\0\0"
    return False


def wait_for_answer(container, port=PORT, host="127.0.0.1"):
    try:
        servers.wait_until(lambda: alive(container, port, host), 30, "an answer", interval=0.05)
    except servers.ServerError as error:
        raise AssertionError(f"{error}\n{container.logs()}") from None


def tun_for_all(folder):
    """The device with the mode that udev gives it; this machine may have no udev."""
    node = folder / "tun"
    os.mknod(node, stat.S_IFCHR | 0o666, os.makedev(10, 200))
    node.chmod(0o666)
    return f"{node}:/dev/net/tun"


def fields_of(container):
    with open(f"/proc/{container.pid()}/status") as status:
        return dict(re.findall(r"^(\w+):\s+(\S+)", status.read(), re.M))


def test_it_serves_locked_up_and_says_that_it_is_well(engine, image, network):
    options = [*LOCKED, "--volume", f"{network.path}:/srv/net:ro"]
    with engine.container(image, "serve", "--repo", "/srv/net", "--listen", f"127.0.0.1@{PORT}", options=options) as node:
        wait_for_answer(node)
        fields = fields_of(node)
        assert fields["Uid"] == "853" and int(fields["CapEff"], 16) == 0 and fields["NoNewPrivs"] == "1" and fields["Seccomp"] == "2"
        assert node.is_healthy()
        assert node.exec("touch", "/x", check=False).returncode != 0
        assert "warning" not in node.logs(), node.logs()
        assert node.stop() == 0


def test_one_that_serves_nothing_is_not_well(engine, image, tmp_path):
    options = LOCKED
    with engine.container(image, "serve", "--repo", "/srv/absent", "--listen", f"127.0.0.1@{PORT}", options=options) as node:
        servers.wait_until(lambda: "following" in node.logs(), 20, "its start", interval=0.05)
        assert not node.is_healthy()


def test_port_53_and_the_state_in_a_volume(engine, image, network):
    (node_file := network.path.parent / "node.toml").write_text(
        '[node]\nname = "n1"\nstate = "/var/lib/dotmesh"\nuser = "dotmesh"\n[source]\nrepo = "/srv/net"\n'
        '[[listen]]\naddress = "127.0.0.1"\nrole = ["authority"]\n')
    options = ["--network", "none", "--read-only", "--cap-drop", "all", "--cap-add", "NET_BIND_SERVICE",
               "--volume", "dotmesh-test-state:/var/lib/dotmesh", "--volume", f"{node_file}:/etc/dotmesh/node.toml:ro"]
    with engine.container(image, options=[*options, "--volume", f"{network.path}:/srv/net:ro"]) as node:
        wait_for_answer(node, 53)
        fields = fields_of(node)
        assert fields["Uid"] == "853" and int(fields["CapEff"], 16) == 0 == int(fields["CapPrm"], 16)
    with engine.container(image, options=options) as node:    # the repository is gone, the volume is not
        wait_for_answer(node, 53)
        assert node.is_healthy()


def test_beside_bird_as_compose_says(engine, image, bird_image, network, tmp_path):
    services = containers.compose()["services"]
    assert services["dotmesh"]["network_mode"] == "service:bird"
    network.commit("services", {"dotmesh.toml": '[network]\nname = "test"\nmesh_prefixes = ["10.0.0.0/8"]\n[[zone]]\nname = "mesh."\n'
                                f'file = "mesh.zone"\n[[service]]\naddress = "{SERVICE}"\nrole = "authority"\n'})
    node_file, bird_file = tmp_path / "node.toml", tmp_path / "bird.conf"
    node_file.write_text(f'[node]\nname = "n1"\n[source]\nrepo = "/srv/net"\n[[listen]]\naddress = "{SERVICE}"\n'
                         '[anycast]\nmethod = "bird"\n')
    example = (servers.ROOT / "packaging/container/bird.conf").read_text()
    bird_file.write_text(example)
    volumes = {"./bird.conf": bird_file, "./node.toml": node_file, "bird-run": "dotmesh-test-bird-run", "state": "dotmesh-test-state2",
               "/dev/net/tun": tun_for_all(tmp_path)}
    with engine.container(bird_image, options=["--network", "none", *containers.service_options(services["bird"], volumes)]) as bird:
        options = ["--network", f"container:{bird.name}", "--volume", f"{network.path}:/srv/net:ro",
                   *containers.service_options(services["dotmesh"], volumes)]
        with engine.container(image, options=options) as node:
            wait_for_answer(node, 53, SERVICE)

            def announced():
                status = json.loads(node.exec("dotmesh", "status", "--json", check=False).stdout or "{}")
                return [one.get("announced") for one in status.get("anycast", {}).get("services", [])] == ["yes"]
            try:
                servers.wait_until(announced, 20, "the route", interval=0.1)
            except servers.ServerError as error:
                raise AssertionError(f"{error}\n{node.exec('dotmesh', 'status').stdout}{node.logs()}{bird.logs()}") from None
            routes = bird.exec("birdc", "show", "route").stdout
            assert f"{SERVICE}/32" in routes and "dotmesh_10_10_10_10" in routes
            assert fields_of(node)["Uid"] == "853"
            assert node.stop() == 0
        servers.wait_until(lambda: SERVICE not in bird.exec("birdc", "show", "route").stdout, 20, "the route to go", interval=0.1)
