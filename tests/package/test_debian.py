"""The Debian package in a machine of its own, under a real systemd: installed, started, watched, upgraded, removed, purged.

The tests are one story in order; each begins where the one before ended.
"""
import json
import re
import shutil
import signal
import os

import pytest

import asking
import canaries
import gitrepo
import machine as machines
import servers

OWN_FILE = "# The operator's own line.\n"


@pytest.fixture(scope="module")
def machine(base, tmp_path_factory):
    one = machines.Machine(tmp_path_factory.mktemp("debian"), base)
    for unit in ("knot.service", "kresd.target", "bird.service"):
        (one.root / "etc/systemd/system/multi-user.target.wants" / unit).unlink(missing_ok=True)
    try:
        yield one.boot()
    finally:
        one.power_off()


def install(machine, package):
    shutil.copy(package, machine.root / "root" / "dotmesh.deb")
    return machine.run("dpkg", "-i", "/root/dotmesh.deb").stdout


def owner_and_mode(machine, path):
    return machine.run("stat", "-c", "%U %G %a", path).stdout.strip()


def main_process(machine):
    return int(machine.property("dotmesh", "MainPID"))


def ask(machine, name, rrtype="A", **kwargs):
    with machine.network():
        return asking.Asker("127.0.0.1", 53).ask(name, rrtype, **kwargs)


def outside(machine, inner):
    """The number that a process of the machine has for this test."""
    for task in os.listdir("/proc"):
        if task.isdigit():
            try:
                text = open(f"/proc/{task}/status").read()
            except OSError:
                continue
            found = re.search(r"^NSpid:\t\d+\t(\d+)$", text, re.M)
            if found and int(found.group(1)) == inner and "Name:\tdotmesh" in text:
                return int(task)
    raise AssertionError(f"no dotmesh with the number {inner}")


def test_installed_it_waits_for_its_node_file(machine, package):
    install(machine, package)
    assert owner_and_mode(machine, "/etc/dotmesh") == "root dotmesh 750"
    assert owner_and_mode(machine, "/var/lib/dotmesh") == "dotmesh dotmesh 750"
    assert re.match(r"dotmesh:[^:]*:\d+:\d+:.*:/var/lib/dotmesh:/usr/sbin/nologin$", machine.run("getent", "passwd", "dotmesh").stdout)
    assert machine.run("systemctl", "is-enabled", "dotmesh").stdout == "enabled\n"
    assert machine.property("dotmesh", "ActiveState") == "inactive"
    assert machine.run("dotmesh", "version").stdout.startswith("dotmesh ")


def test_init_and_start_serve_the_network(machine):
    repository = gitrepo.GitRepository(machine.root / "srv/net")
    repository.commit("first", {"mesh.zone": gitrepo.zone("wiki A 10.70.1.10")})
    machine.run("dotmesh", "init", "--repo", "/srv/net", "--name", "n1", "--listen", "127.0.0.1", "--public")
    assert owner_and_mode(machine, "/etc/dotmesh/node.toml") == "root dotmesh 640"
    machine.run("systemctl", "start", "dotmesh")              # Type=notify: returns when it serves
    assert machine.property("dotmesh", "StatusText") == "serving"
    assert str(ask(machine, "wiki.mesh.").answer[0][0]) == "10.70.1.10"
    assert str(ask(machine, "wiki.mesh.", tcp=True).answer[0][0]) == "10.70.1.10"
    assert json.loads(machine.run("dotmesh", "status", "--json").stdout)["serving"]["commit"] == repository.head()


def test_under_the_unit_it_has_no_power_and_no_complaint(machine):
    status = machine.run("cat", f"/proc/{main_process(machine)}/status").stdout
    fields = dict(re.findall(r"^(\w+):\s+(\S+)", status, re.M))
    assert [fields[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")] == ["0" * 16] * 4
    assert fields["NoNewPrivs"] == "1" and fields["Seccomp"] == "2" and fields["Uid"] != "0"
    journal = machine.run("journalctl", "--no-pager", "-o", "cat", "-u", "dotmesh").stdout
    assert "listening on 127.0.0.1@53" in journal
    # Such as a filter of its own that the unit's would not let it set.
    assert not re.search(r"warning|error|libcap-ng", journal), journal


def test_the_journal_knows_nothing_of_clients(machine):
    said = canaries.Canaries()
    for tcp in (False, True):
        ask(machine, f"{said.label()}.mesh.", tcp=tcp)
        ask(machine, f"{said.label()}.onion.", tcp=tcp, rd=True)
    machine.run("journalctl", "--sync")
    journal = machine.run("journalctl", "--no-pager", "-o", "export").stdout.encode()
    assert b"dotmesh" in journal and said.found_in(journal) == []
    assert said.found_in_folder(machine.root / "var/lib/dotmesh") == {}


def test_reload_by_systemd_takes_a_commit(machine):
    repository = gitrepo.GitRepository(machine.root / "srv/net")
    repository.commit("second", {"mesh.zone": gitrepo.zone("wiki A 10.70.1.11")})
    before = main_process(machine)
    machine.run("systemctl", "reload", "dotmesh")
    servers.wait_until(lambda: str(ask(machine, "wiki.mesh.").answer[0][0]) == "10.70.1.11", 20, "the new commit")
    assert main_process(machine) == before


def test_one_that_hangs_is_started_again_by_the_watchdog(machine):
    drop_in = machine.root / "etc/systemd/system/dotmesh.service.d"
    drop_in.mkdir(parents=True)
    (drop_in / "test.conf").write_text("[Service]\nWatchdogSec=2\nTimeoutAbortSec=1\n")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", "dotmesh")
    before = main_process(machine)
    os.kill(outside(machine, before), signal.SIGSTOP)
    servers.wait_until(lambda: main_process(machine) not in (0, before), 30, "another process", interval=0.1)
    servers.wait_until(lambda: machine.property("dotmesh", "ActiveState") == "active", 30, "it to serve", interval=0.1)
    assert ask(machine, "wiki.mesh.").answer
    assert "watchdog" in machine.run("journalctl", "--no-pager", "-o", "cat", "-u", "dotmesh").stdout.lower()
    shutil.rmtree(drop_in)
    machine.run("systemctl", "daemon-reload")


def test_an_upgrade_restarts_and_keeps_what_is_the_operators(machine, newer_package):
    node_file = machine.root / "etc/dotmesh/node.toml"
    node_file.write_text(OWN_FILE + node_file.read_text())
    (machine.root / "etc/dotmesh/deploy-key").write_text("a secret")
    shutil.rmtree(machine.root / "srv/net")                   # without its remote it starts from what it has kept
    before = main_process(machine)
    text = node_file.read_text()
    install(machine, newer_package)
    assert machine.run("dpkg-query", "-W", "-f", "${Version}", "dotmesh").stdout.endswith("+newer")
    assert node_file.read_text() == text and owner_and_mode(machine, "/etc/dotmesh/node.toml") == "root dotmesh 640"
    servers.wait_until(lambda: machine.property("dotmesh", "ActiveState") == "active", 30, "it to serve", interval=0.1)
    assert main_process(machine) != before
    assert str(ask(machine, "wiki.mesh.").answer[0][0]) == "10.70.1.11"


def test_a_stop_is_a_clean_end(machine):
    machine.run("systemctl", "stop", "dotmesh")
    assert machine.property("dotmesh", "Result") == "success" and machine.property("dotmesh", "ExecMainStatus") == "0"
    machine.run("systemctl", "start", "dotmesh")


def test_removed_it_leaves_settings_and_state_for_the_next(machine, package):
    machine.run("dpkg", "--remove", "dotmesh")
    assert machine.property("dotmesh", "ActiveState") == "inactive"
    assert not (machine.root / "usr/bin/dotmesh").exists()
    assert not (machine.root / "lib/systemd/system/dotmesh.service").exists()
    assert (machine.root / "etc/dotmesh/node.toml").read_text().startswith(OWN_FILE)
    install(machine, package)
    servers.wait_until(lambda: machine.property("dotmesh", "ActiveState") == "active", 30, "it to serve", interval=0.1)
    assert str(ask(machine, "wiki.mesh.").answer[0][0]) == "10.70.1.11"


def test_purged_it_leaves_the_operators_key_and_nothing_of_its_own(machine):
    machine.run("dpkg", "--purge", "dotmesh")
    assert not (machine.root / "var/lib/dotmesh").exists()
    assert [path.name for path in (machine.root / "etc/dotmesh").iterdir()] == ["deploy-key"]
    left = machine.run("find", "/etc/systemd", "/lib/systemd", "/usr/lib/systemd", "/var/lib/systemd", "-name", "*dotmesh*").stdout
    assert left == ""
    assert machine.run("systemctl", "is-system-running", check=False).stdout == "running\n"
