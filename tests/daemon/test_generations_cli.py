"""The program from the outside: command lines, exit statuses, signals, privileges."""
import json
import os
import pwd
import re
import signal
import subprocess

import pytest

import asking
import gitrepo
import servers
import serving

SECONDS = 20


def run(*arguments, **kwargs):
    return subprocess.run([servers.dotmesh_binary(), *map(str, arguments)], capture_output=True, text=True, timeout=60,
                          **kwargs)


def start(nodes, repository, **kwargs):
    repository.commit("first", {"mesh.zone": gitrepo.zone("wiki A 10.70.1.1")})
    return nodes(source=repository.source(), zones={"mesh.": None}, **kwargs)


def test_a_bad_node_file_is_told_whole(tmp_path):
    config = tmp_path / "node.toml"
    config.write_text('[node]\nworkrs = 1\n[source]\nrepo = "x"\ninterval = 60\n[[listen]]\naddress = "nonsense"\n')
    result = run("serve", "--config", config)
    assert result.returncode == 2
    for place in (":2:", ":5:", ":7:"):
        assert f"{config}{place}" in result.stderr
    assert run("serve", "--config", tmp_path / "absent.toml").returncode == 2
    assert run("status", "--config", config).returncode == 2


def test_wrong_arguments(tmp_path):
    for arguments in ([], ["nonsense"], ["serve", "--nonsense"], ["zone"]):
        assert run(*arguments).returncode == 2, arguments
    nothing = run("serve", "--state", tmp_path / "state")
    assert nothing.returncode == 2 and "nothing to follow" in nothing.stderr
    bad = run("serve", "--repo", tmp_path, "--state", tmp_path / "state", "--listen", "300.0.0.1")
    assert bad.returncode == 2 and "--listen" in bad.stderr
    assert run("--help").returncode == 0
    assert re.fullmatch(r"dotmesh \d+\.\d+\.\d+\n", run("version").stdout)


def test_without_a_daemon(tmp_path):
    for command in (["status"], ["reload"], ["zones"], ["zone", "mesh."]):
        result = run(*command, "--state", tmp_path)
        assert result.returncode == 2 and "is the daemon running?" in result.stderr


@pytest.mark.parametrize("kind", ["work tree", "bare", "folder"])
def test_only_a_repository_on_the_command_line(repository, tmp_path, kind):
    repository.commit("first", {"mesh.zone": gitrepo.zone("wiki A 10.70.1.1")})
    path = repository.path
    if kind == "bare":
        path = tmp_path / "bare.git"
        repository.git("clone", "-q", "--bare", ".", str(path))
    if kind == "folder":
        path = tmp_path / "folder"
        path.mkdir()
        (path / "mesh.zone").write_text(gitrepo.zone("wiki A 10.70.1.1"))
    port = servers.free_port()
    state = tmp_path / "state"
    process = subprocess.Popen([servers.dotmesh_binary(), "serve", "--repo", os.path.relpath(path), "--listen",
                                f"127.0.0.1@{port}", "--state", state], stderr=subprocess.PIPE, text=True)
    try:
        asker = asking.Asker("127.0.0.1", port)
        servers.wait_until(lambda: asker.raw(servers.plain_query("mesh.", 6), 0.1), SECONDS, "an answer")
        assert serving.addresses(asker, "wiki.mesh.") == ["10.70.1.1"]
        assert "mesh." in run("zones", "--state", state).stdout
    finally:
        process.send_signal(signal.SIGTERM)
        log = process.communicate(timeout=SECONDS)[1]
    assert process.returncode == 0
    assert f"listening on 127.0.0.1@{port}" in log and "serving commit " in log


def test_zones_and_zone(nodes, repository):
    node = start(nodes, repository)
    zones = json.loads(node.cli("zones", "--json").stdout)
    assert [zone["name"] for zone in zones["zones"]] == ["mesh."] and zones["total"] == 1
    zone = json.loads(node.cli("zone", "MESH", "--json").stdout)
    assert (zone["name"], zone["file"], zone["records"], zone["file_serial"]) == ("mesh.", "mesh.zone", 4, 1)
    absent = node.cli("zone", "other.", check=False)
    assert absent.returncode == 2 and 'no zone "other." is served' in absent.stderr


def test_one_daemon_to_a_state_folder(nodes, repository):
    node = start(nodes, repository)
    second = run("serve", "--config", node.config, "--listen", f"127.0.0.1@{servers.free_port()}")
    assert second.returncode == 1 and "another dotmesh uses this state folder" in second.stderr
    assert node.reload().returncode == 0


def test_a_port_in_use_is_told(nodes, repository, tmp_path):
    node = start(nodes, repository)
    with subprocess.Popen([servers.dotmesh_binary(), "serve", "--repo", repository.path, "--state", tmp_path / "other",
                           "--listen", f"127.0.0.1@{node.port}"], stderr=subprocess.PIPE, text=True) as second:
        try:
            assert second.wait(SECONDS) == 1
        except subprocess.TimeoutExpired:
            second.kill()
            pytest.fail("two daemons share one port")
        assert f"127.0.0.1@{node.port}" in second.stderr.read()


def test_stops_in_order(nodes, repository):
    node = start(nodes, repository)
    for number in (signal.SIGTERM, signal.SIGINT):
        node.process.send_signal(number)
        assert node.process.wait(SECONDS) == 0
        assert not (node.folder / "state" / "control.sock").exists()
        node.start()


def test_root_is_given_up(nodes, repository, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("needs root")
    user = pwd.getpwnam("nobody")
    for folder in [tmp_path, *list(tmp_path.parents)[:2]]:          # pytest's folders are for root alone
        os.chmod(folder, 0o755)
    repository.commit("first", {"mesh.zone": gitrepo.zone("wiki A 10.70.1.1")})

    class AsNobody(servers.Dotmesh):
        def configure(self):
            super().configure()
            self.config.write_text(self.config.read_text().replace('user = ""', 'user = "nobody"'))
    node = AsNobody(tmp_path / "node", zones={"mesh.": None}, source=repository.source(), port=None)
    node.asker = asking.Asker(node.host, node.port)
    node.start()
    try:
        for task in os.listdir(f"/proc/{node.process.pid}/task"):
            text = open(f"/proc/{node.process.pid}/task/{task}/status").read()
            assert re.search(rf"^Uid:\s+{user.pw_uid}\s+{user.pw_uid}\s+{user.pw_uid}", text, re.M)
            assert re.search(rf"^Gid:\s+{user.pw_gid}\s+{user.pw_gid}\s+{user.pw_gid}", text, re.M)
            assert re.search(r"^Groups:\s*$", text, re.M) and re.search(r"^NoNewPrivs:\s+1$", text, re.M)
            for capabilities in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
                assert re.search(rf"^{capabilities}:\s+0+$", text, re.M), text
        assert os.stat(node.folder / "state").st_uid == user.pw_uid
        repository.commit("second", {"mesh.zone": gitrepo.zone("wiki A 10.70.1.2")})
        node.reload()                         # the fetch runs as that user, too
        assert serving.addresses(node.asker, "wiki.mesh.") == ["10.70.1.2"]
        node.stop()
        node.start()
        assert serving.addresses(node.asker, "wiki.mesh.") == ["10.70.1.2"]
    finally:
        node.stop()


def test_a_method_without_service_addresses_is_told(nodes, repository):
    node = start(nodes, repository, extra='[anycast]\nmethod = "bird"\nbird_socket = "/nonexistent"\n')
    assert "nothing to announce: the network file of what is served names no [[service]]" in run("status", "--config", node.config).stdout


def test_many_requests_at_the_control_socket(nodes, repository):
    node = start(nodes, repository)
    processes = [subprocess.Popen([servers.dotmesh_binary(), command, "--config", node.config], stdout=subprocess.PIPE)
                 for command in ("reload", "status", "zones") * 10]
    assert [process.wait(SECONDS) for process in processes] == [0] * 30
    for process in processes:
        process.stdout.close()
