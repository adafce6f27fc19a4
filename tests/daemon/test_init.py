"""`dotmesh init` writes a node file that starts as it stands; faults of a node file are told all at once."""
import stat
import subprocess

import asking
import gitrepo
import servers

BINARY = servers.dotmesh_binary()


def run(*arguments):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, stdin=subprocess.DEVNULL)


def test_the_written_file_starts_and_answers(tmp_path, repository):
    repository.commit("first", {"mesh.zone": gitrepo.zone("wiki A 10.70.1.10")})
    port, file = servers.free_port(), tmp_path / "etc" / "node.toml"
    done = run("init", "--config", file, "--repo", repository.path, "--name", 'a "quoted" \\ name', "--user", "",
               "--state", tmp_path / "state", "--listen", f"127.0.0.1@{port}", "--role", "authority")
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(file.stat().st_mode) & 0o137 == 0
    node = subprocess.Popen([BINARY, "serve", "--config", str(file)], stderr=subprocess.DEVNULL)
    try:
        asker = asking.Asker("127.0.0.1", port)
        servers.wait_until(lambda: asker.alive("wiki.mesh.", 1), 20, "an answer")
        identity = asker.ask("id.server.", "TXT", rrclass="CH")
        assert identity.answer[0][0].strings == (b'a "quoted" \\ name',)
    finally:
        node.terminate()
        node.wait(30)


def test_a_file_that_is_there_stays_without_force(tmp_path):
    file = tmp_path / "node.toml"
    file.write_text("mine\n")
    arguments = ("init", "--config", file, "--repo", "https://example.org/net.git", "--state", tmp_path)
    done = run(*arguments)
    assert done.returncode == 1 and "--force overwrites it" in done.stderr
    assert file.read_text() == "mine\n"
    assert run(*arguments, "--force").returncode == 0
    assert 'repo = "https://example.org/net.git"' in file.read_text()


def test_without_a_repository_nothing_is_written(tmp_path):
    done = run("init", "--config", tmp_path / "node.toml")
    assert done.returncode == 2 and "--repo PATH|URL" in done.stderr
    assert not (tmp_path / "node.toml").exists()


def test_a_value_that_serve_would_refuse_is_refused(tmp_path):
    done = run("init", "--config", tmp_path / "node.toml", "--repo", "https://example.org/net.git", "--role", "resolvr")
    assert done.returncode == 2 and "resolvr" in done.stderr
    assert not (tmp_path / "node.toml").exists()


def test_serve_tells_every_fault_with_place_and_nearest_key(tmp_path):
    file = tmp_path / "node.toml"
    file.write_text('[node]\nnmae = "sn3"\nworkers = "two"\n[sorce]\nrepo = "x"\n[[listen]]\nadress = "127.0.0.1"\n')
    done = run("serve", "--config", file)
    assert done.returncode == 2
    for place, word in ((f"{file}:2:1", '"name"'), (f"{file}:3:11", "workers"), (f"{file}:4:", "source"),
                        (f"{file}:7:1", '"address"')):
        assert place in done.stderr and word in done.stderr, done.stderr


def test_the_unit_lets_the_watcher_make_its_interfaces():
    """src/anycast/interfaces.cc opens it; PrivateDevices= would hide it whatever DeviceAllow= says."""
    unit = (servers.ROOT / "packaging" / "systemd" / "dotmesh.service").read_text().splitlines()
    assert "DeviceAllow=/dev/net/tun rw" in unit
    assert "PrivateDevices=yes" not in unit and "CAP_NET_ADMIN" in " ".join(line for line in unit if line.startswith("Ambient"))
