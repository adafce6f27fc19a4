"""docs/moving-from-knot.md, done: Knot DNS and Knot Resolver of Debian serve a network under systemd; every command of the page
runs in that machine, in order, and prints what the page says."""
import os
import re
import shutil
import stat

import pytest

import gitrepo
import machine as machines
import servers

PAGE = servers.ROOT / "docs" / "moving-from-knot.md"
ZONE = gitrepo.zone("wiki A 10.70.1.10", "www CNAME wiki", "printer A 10.70.1.77")
KNOT = """server:
    listen: 10.10.10.11@53
    user: knot:knot
acl:
  - id: here
    address: [10.10.10.11, 127.0.0.1]
    action: transfer
zone:
  - domain: mesh.
    file: /srv/net/mesh.zone
    zonefile-sync: -1
    journal-content: none
    acl: here
"""
RESOLVER = """net.listen('10.10.10.10', 53, { kind = 'dns' })
policy.add(policy.suffix(policy.FLAGS({'NO_EDNS', 'NO_CACHE'}), policy.todnames({'mesh.'})))
policy.add(policy.suffix(policy.STUB('10.10.10.11'), policy.todnames({'mesh.'})))
"""
CRON = "*/10 * * * * root git -C /srv/net pull -q && systemctl restart knot kresd@1\n"
SUBSTITUTES = {"https://example.org/net.git": "/srv/net",
               "apt-get install -y ./dotmesh_0.1.0_amd64.deb": "dpkg -i dotmesh_0.1.0_amd64.deb >/dev/null"}  # no network there


@pytest.fixture
def old_node(base, package, tmp_path):
    """A machine as it was before: addresses on an interface, Knot, Knot Resolver, cron."""
    machine = machines.Machine(tmp_path, base)
    os.mknod(tun := tmp_path / "tun", stat.S_IFCHR | 0o666, os.makedev(10, 200))   # as udev makes it
    tun.chmod(0o666)
    gitrepo.GitRepository(machine.root / "srv/net").commit("first", {"mesh.zone": ZONE})
    (machine.root / "etc/knot/knot.conf").write_text(KNOT)
    (machine.root / "etc/knot-resolver/kresd.conf").write_text(RESOLVER)
    (machine.root / "etc/cron.d").mkdir(exist_ok=True)
    (machine.root / "etc/cron.d/mesh-dns").write_text(CRON)
    shutil.copy(package, machine.root / "root/dotmesh_0.1.0_amd64.deb")
    try:
        machine.boot(f"--bind={tun}:/dev/net/tun")
        for address in ("10.10.10.10/32", "10.10.10.11/32"):
            machine.run("ip", "address", "add", address, "dev", "lo")
        machine.run("systemctl", "enable", "knot", "kresd@1")
        machine.run("systemctl", "restart", "knot", "kresd@1")
        yield machine
    finally:
        machine.power_off()


def steps(text):
    """[(heading, command, expected output)] of the page's console blocks."""
    heading = ""
    for part in re.split(r"^(## [^\n]*)$|^```console\n(.*?)^```$", text, flags=re.M | re.S):
        if part is None:
            continue
        if part.startswith("## "):
            heading = part
        elif part.startswith("$ "):
            for command in re.split(r"^\$ ", part, flags=re.M)[1:]:
                line, _, expected = command.partition("\n")
                yield heading, line, expected


def in_order(text):
    """The page's steps; step 5 has gone back, so step 4 is done again before step 6."""
    all_steps = list(steps(text))
    for number, step in enumerate(all_steps):
        if step[0].startswith("## 6") and not all_steps[number - 1][0].startswith("## 6"):
            yield from (one for one in all_steps if one[0].startswith("## 4"))
        yield step


def network_file(text):
    return re.search(r"^```toml\n(.*?)^```$", text, flags=re.M | re.S).group(1)


def test_every_command_of_the_page_does_what_it_says(old_node):
    done = []
    text = PAGE.read_text()
    for heading, command, expected in in_order(text):
        if command.startswith("dotmesh reload"):
            gitrepo.GitRepository(old_node.root / "srv/net").commit("services", {"dotmesh.toml": network_file(text)})
        for there, here in SUBSTITUTES.items():
            command = command.replace(there, here)
        result = old_node.run("bash", "-o", "pipefail", "-c", f"cd /root && {command}", check=False)
        place = f"{heading}\n{command}\n{result.stdout}{result.stderr}"
        assert result.returncode == 0, place
        if expected:
            assert result.stdout == expected, place
        if "> names" in command:   # or the comparison would be of nothing
            assert {"mesh. NS", "wiki.mesh. A", "www.mesh. CNAME"} <= set((old_node.root / "root/names").read_text().splitlines())
        if "> new" in command:
            assert "10.70.1.10" in (old_node.root / "root/new").read_text() and len((old_node.root / "root/old").read_text()) > 100
        if "systemctl restart dotmesh" in command:
            assert old_node.property("knot", "ActiveState") == "inactive" and old_node.property("kresd@1", "ActiveState") == "inactive"
        if heading.startswith("## 5"):
            assert old_node.property("dotmesh", "ActiveState") == "inactive"
        if command.startswith("mv mesh-dns"):
            assert old_node.property("knot", "ActiveState") == "active"
        done.append(command)
    assert len(done) >= 35 and old_node.property("knot", "ActiveState") == "inactive"
    held = old_node.run("ip", "-brief", "address", "show", "dev", "dotmesh").stdout
    assert "10.10.10.10/32" in held and "10.10.10.11/32" in held
    assert 'interface "dotmesh" { stub; }' in (old_node.root / "root/bird-part.conf").read_text()
