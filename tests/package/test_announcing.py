"""A node of the package that announces through Debian's BIRD, under systemd: it needs BIRD's group, and what an operator has drained
stays drained over an upgrade. One story in order; each test begins where the one before ended."""
import json
import os
import shutil
import socket
import stat

import pytest

import asking
import gitrepo
import machine as machines
import servers

SERVICE = "10.10.10.10"
NETWORK = f"""[network]
name = "test"
[[zone]]
name = "mesh."
file = "mesh.zone"
[[service]]
address = "{SERVICE}"
role = "authority"
"""
NODE = f"""[node]
name = "n1"
[source]
repo = "/srv/net"
[[listen]]
address = "{SERVICE}"
role = ["authority"]
[[listen]]
address = "127.0.0.1"
role = ["authority"]
[anycast]
method = "bird"
"""


@pytest.fixture(scope="module")
def machine(base, package, tmp_path_factory):
    one = machines.Machine(folder := tmp_path_factory.mktemp("announcing"), base)
    for unit in ("knot.service", "kresd.target"):
        (one.root / "etc/systemd/system/multi-user.target.wants" / unit).unlink(missing_ok=True)
    os.mknod(tun := folder / "tun", stat.S_IFCHR | 0o666, os.makedev(10, 200))   # as udev makes it
    tun.chmod(0o666)
    gitrepo.GitRepository(one.root / "srv/net").commit(
        "first", {"mesh.zone": gitrepo.zone("wiki A 10.70.1.10"), "dotmesh.toml": NETWORK})
    try:
        one.boot(f"--bind={tun}:/dev/net/tun")
        install(one, package)
        (one.root / "etc/dotmesh/node.toml").write_text(NODE)
        example = one.run("dotmesh", "anycast", "example", "bird-bgp").stdout
        assert SERVICE in example
        (one.root / "etc/bird/bird.conf").write_text(
            "router id 192.0.2.1;\n" + example[:example.index("filter ")])   # without a neighbour
        one.run("systemctl", "restart", "bird")
        yield one
    finally:
        one.power_off()


def install(machine, package):
    shutil.copy(package, machine.root / "root" / "dotmesh.deb")
    machine.run("dpkg", "-i", "/root/dotmesh.deb")


def status(machine):
    return json.loads(machine.run("dotmesh", "status", "--json", check=False).stdout or "{}")


def service(machine):
    return (status(machine).get("anycast", {}).get("services") or [{}])[0]


def has_route(machine):
    return f"{SERVICE}/32" in machine.run("birdc", "show", "route").stdout


def wait_until_announced(machine):
    try:
        servers.wait_until(lambda: service(machine).get("announced") == "yes" and has_route(machine), 30, "the route", interval=0.2)
    except servers.ServerError as error:
        raise AssertionError(f"{error}\n{machine.run('dotmesh', 'status', check=False).stdout}") from None


def test_without_birds_group_it_says_so(machine):
    machine.run("systemctl", "start", "dotmesh")
    servers.wait_until(lambda: "Permission denied" in service(machine).get("why", ""), 20, "the fault", interval=0.2)
    assert "BIRD at /run/bird/bird.ctl: Permission denied" in service(machine)["why"] and not has_route(machine)


def test_with_it_it_announces(machine):
    drop_in = machine.root / "etc/systemd/system/dotmesh.service.d"
    drop_in.mkdir(parents=True)
    (drop_in / "bird.conf").write_text("[Service]\nSupplementaryGroups=bird\n")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", "dotmesh")
    wait_until_announced(machine)
    with machine.network():
        assert str(asking.Asker(SERVICE, 53).ask("wiki.mesh.", "A").answer[0][0]) == "10.70.1.10"


def test_under_the_unit_it_goes_before_other_work(machine):
    process = machine.property("dotmesh", "MainPID")
    threads = machine.run("sh", "-c", f"cat /proc/{process}/task/*/stat").stdout.splitlines()
    nice = {thread.split()[0]: int(thread.rpartition(")")[2].split()[16]) for thread in threads}   # proc(5)
    assert nice[process] == -5 and 10 in nice.values(), nice               # and the follower, last
    assert machine.property("dotmesh", "CPUWeight") == "1000"
    assert "65536" not in machine.run("cat", f"/proc/{process}/limits").stdout.split("Max open files")[1].split("\n")[0]


def test_a_drain_outlives_an_upgrade(machine, newer_package):
    assert "safe to stop" in machine.run("dotmesh", "drain").stdout
    assert status(machine)["anycast"]["drained"] and not has_route(machine)
    before = machine.property("dotmesh", "MainPID")
    install(machine, newer_package)
    servers.wait_until(lambda: machine.property("dotmesh", "ActiveState") == "active", 30, "it to serve", interval=0.1)
    assert machine.property("dotmesh", "MainPID") != before
    with machine.network():                                  # it serves, at its own address
        servers.wait_until(lambda: asking.Asker("127.0.0.1", 53).alive("wiki.mesh.", 1), 20, "an answer", interval=0.1)
    servers.wait_until(lambda: service(machine).get("why"), 20, "the watcher's word", interval=0.1)
    assert service(machine)["why"] == "drained" and service(machine)["announced"] == "no"
    assert status(machine)["anycast"]["drained"] and not has_route(machine)


def test_undrain_brings_it_back(machine):
    machine.run("dotmesh", "undrain")
    wait_until_announced(machine)
    assert not status(machine)["anycast"]["drained"]


def test_a_stop_takes_the_route_with_it(machine):
    machine.run("systemctl", "stop", "dotmesh")
    assert machine.property("dotmesh", "Result") == "success" and not has_route(machine)


def test_a_port_that_is_taken_is_tried_until_it_is_free(machine):
    with machine.network(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 53))
        machine.run("systemctl", "start", "--no-block", "dotmesh")
        # More than systemd's own five.
        servers.wait_until(lambda: int(machine.property("dotmesh", "NRestarts")) > 6, 60, "it to try", interval=0.2)
    servers.wait_until(lambda: machine.property("dotmesh", "ActiveState") == "active", 30, "it to serve", interval=0.1)


def test_a_faulty_node_file_is_not(machine):
    (node_file := machine.root / "etc/dotmesh/node.toml").write_text("[nod]\n" + NODE)
    machine.run("systemctl", "restart", "dotmesh", check=False)
    assert machine.property("dotmesh", "ActiveState") == "failed" and machine.property("dotmesh", "ExecMainStatus") == "2"
    journal = machine.run("journalctl", "--no-pager", "-o", "cat", "-u", "dotmesh").stdout
    assert '/etc/dotmesh/node.toml:1:2: error: no setting "nod" in the file' in journal
    node_file.write_text(NODE)
    machine.run("systemctl", "start", "dotmesh")
    wait_until_announced(machine)
