"""What happens to repositories, disks and networks: the node goes on serving, says what is wrong, and recovers."""
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest

import asking
import gitrepo
import servers
import serving

SECONDS = 30


def status(node):
    return json.loads(node.cli("status", "--json").stdout)


def commit_wiki(repository, last_octet, **files):
    return repository.commit("change", {"mesh.zone": gitrepo.zone(f"wiki A 10.70.1.{last_octet}"), **files})


def wiki(node):
    return serving.addresses(node.asker, "wiki.mesh.")


def start(nodes, repository, **kwargs):
    return nodes(source=repository.source(), zones={"mesh.": None}, **kwargs)


def kill(node):
    node.process.kill()
    node.process.wait()


def packs(node):
    return sorted((node.folder / "state" / "repo.git" / "objects" / "pack").glob("*.pack"))


def truncate_packs(node):
    for pack in packs(node):
        os.chmod(pack, 0o600)
        os.truncate(pack, pack.stat().st_size // 2)


def test_a_damaged_copy_is_cloned_afresh(nodes, repository):
    commit_wiki(repository, 1)
    node = start(nodes, repository)
    truncate_packs(node)
    commit_wiki(repository, 2)
    servers.wait_until(lambda: node.reload(check=False).returncode == 0, SECONDS, "the repair")
    assert wiki(node) == ["10.70.1.2"]
    node.stop()
    truncate_packs(node)
    node.start()                              # the last good commit is unreadable: fetched again
    assert wiki(node) == ["10.70.1.2"]


def test_a_copy_without_its_folder_is_cloned_afresh(nodes, repository):
    commit_wiki(repository, 1)
    node = start(nodes, repository)
    shutil.rmtree(node.folder / "state" / "repo.git")
    commit_wiki(repository, 2)
    node.reload()
    assert wiki(node) == ["10.70.1.2"]


def test_killed_at_any_moment_of_the_first_clone(nodes, repository):
    noise = os.urandom(1 << 20)
    commit_wiki(repository, 1, **{f"noise{i}": noise[i:] for i in range(8)})
    node = start(nodes, repository)
    state = node.folder / "state"
    whole = time.monotonic()
    kill(node)
    shutil.rmtree(state)
    node.start()
    whole = time.monotonic() - whole
    for attempt in range(8):
        kill(node)
        if attempt % 4 == 0:
            shutil.rmtree(state)
        node.start(ready=False)
        select.select([], [], [], whole * (attempt % 4 + 1) / 6)
    kill(node)
    node.start()
    assert wiki(node) == ["10.70.1.1"]
    assert not list(state.glob("repo.git.*")) and not list(state.glob("repo.git/objects/pack/tmp*"))


def test_no_fetch_outlives_a_killed_daemon(nodes, repository):
    commit_wiki(repository, 1)
    with silent_server() as port:
        node = nodes(source=f'repo = "http://127.0.0.1:{port}/net.git"\ntimeout = "1h"', ready=False)
        child = servers.wait_until(lambda: children(node.process.pid), SECONDS, "the fetch")[0]
        kill(node)
        servers.wait_until(lambda: ended(child), SECONDS, "the fetch to end")


def ended(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def children(pid):
    return [int(child) for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()]


class silent_server:
    """Accepts connections and never says a word."""

    def __enter__(self):
        self.sock = socket.create_server(("127.0.0.1", 0))
        return self.sock.getsockname()[1]

    def __exit__(self, *_):
        self.sock.close()


def test_a_remote_that_falls_silent_is_given_up(nodes, repository):
    good = commit_wiki(repository, 1)
    node = start(nodes, repository)
    node.stop()
    with silent_server() as port:
        node.source = f'repo = "http://127.0.0.1:{port}/net.git"\ninterval = "1h"\ntimeout = "1s"'
        node.start()                          # at once, from the last good commit
        assert serving.served_commit(node.asker) == good
        said = node.reload(check=False)
        assert said.returncode == 1 and "nothing came for 1 seconds" in said.stdout
        assert f"commit {good[:7]} is still being served" in said.stdout
        assert wiki(node) == ["10.70.1.1"]


def test_stopping_does_not_wait_for_a_silent_remote(nodes, repository):
    with silent_server() as port:
        node = nodes(source=f'repo = "http://127.0.0.1:{port}/net.git"\ntimeout = "1h"', ready=False)
        servers.wait_until(lambda: children(node.process.pid), SECONDS, "the fetch")
        node.process.send_signal(signal.SIGTERM)
        assert node.process.wait(SECONDS) == 0


def test_an_untrusted_certificate_is_refused(nodes, tmp_path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "key", "-out",
                    tmp_path / "cert", "-subj", "/CN=localhost", "-days", "1"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]

        def serve():
            while True:
                try:
                    connection = sock.accept()[0]
                except OSError:
                    return
                try:
                    with context.wrap_socket(connection, server_side=True) as tls:
                        tls.recv(1000)
                except OSError:
                    pass
        threading.Thread(target=serve, daemon=True).start()
        node = nodes(source=f'repo = "https://127.0.0.1:{port}/net.git"\ninterval = "1h"', ready=False)
        servers.wait_until((node.folder / "state/control.sock").exists, SECONDS, "the control socket")
        said = node.reload(check=False).stdout
        sock.shutdown(socket.SHUT_RDWR)
    assert "the certificate of 127.0.0.1 is not valid" in said


def test_full_disk(nodes, repository, tmp_path):
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("needs root and unshare for a small file system of its own")
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
        pytest.skip("no private mount namespace here")
    state = tmp_path / "node" / "state"
    state.mkdir(parents=True)
    good = commit_wiki(repository, 1)
    node = servers.Dotmesh(tmp_path / "node", zones={"mesh.": None}, source=repository.source())
    node.asker = asking.Asker(node.host, node.port)
    mount = ["unshare", "-m", "sh", "-c", f'mount -t tmpfs -o size=3m tmpfs "{state}" && exec "$@"', "sh"]
    try:
        node.start(prefix=mount)
        inside = pathlib.Path(f"/proc/{node.process.pid}/root{state}")
        control = ["nsenter", "-t", str(node.process.pid), "-m", servers.dotmesh_binary()]

        def ask(*command):
            return subprocess.run([*control, *command, "--config", str(node.config)], capture_output=True, text=True)
        fill(inside / "filler")
        commit_wiki(repository, 2, noise=os.urandom(1 << 20))
        said = ask("reload")
        assert said.returncode == 1, said.stdout
        assert "No space left" in said.stdout or "disk of the state folder full" in said.stdout, said.stdout
        assert (serving.served_commit(node.asker), wiki(node)) == (good, ["10.70.1.1"])
        assert json.loads(ask("status", "--json").stdout)["faults"]
        (inside / "filler").unlink()
        newest = repository.head()
        assert ask("reload").returncode == 0
        assert (serving.served_commit(node.asker), wiki(node)) == (newest, ["10.70.1.2"])
        assert json.loads(ask("status", "--json").stdout)["faults"] == []
    finally:
        node.stop()


def fill(path):
    with open(path, "wb", buffering=0) as filler:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    filler.write(b"x" * size)
            except OSError:
                pass



@pytest.mark.parametrize("name,make", [
    ("symbolic link", lambda r: (r.path / "evil.zone").symlink_to("/etc/passwd")),
    ("folder link", lambda r: ((r.path / "etc").symlink_to("/etc"),
                               r.write("evil.zone", gitrepo.zone("$INCLUDE etc/passwd")))),
    ("include upward", lambda r: r.write("evil.zone", gitrepo.zone("$INCLUDE ../../../../../../etc/passwd"))),
    ("include absolute", lambda r: r.write("evil.zone", gitrepo.zone("$INCLUDE /etc/passwd"))),
    ("include link", lambda r: ((r.path / "inc").symlink_to("/etc/passwd"),
                                r.write("evil.zone", gitrepo.zone("$INCLUDE inc")))),
    ("file setting upward", lambda r: r.write("dotmesh.toml", '[[zone]]\nname = "evil."\nfile = "../../etc/passwd"\n')),
    ("file setting link", lambda r: ((r.path / "link").symlink_to("/etc/passwd"),
                                     r.write("dotmesh.toml", '[[zone]]\nname = "evil."\nfile = "link"\n'))),
])
def test_nothing_outside_the_repository_is_read(nodes, repository, name, make):
    good = commit_wiki(repository, 1)
    node = start(nodes, repository)
    make(repository)
    escaped = repository.commit(name)
    said = node.reload(check=False)
    text = said.stdout + node.log_text() + node.cli("status").stdout
    assert "root:" not in text and "/bin/bash" not in text
    if name == "symbolic link":               # not a file of the repository: it is as if absent
        assert serving.served_commit(node.asker) in (good, escaped)
    else:
        assert said.returncode == 1, said.stdout
        assert serving.served_commit(node.asker) == good
    assert wiki(node) == ["10.70.1.1"]
    assert node.asker.ask("evil.", "SOA").rcode() == 5


def test_nothing_in_the_repository_is_executed(nodes, repository, tmp_path):
    trace = tmp_path / "executed"
    script = f"#!/bin/sh\ntouch {trace}\n"
    for hook in ("post-checkout", "post-merge", "reference-transaction", "pre-auto-gc", "upload-pack"):
        for folder in (repository.path / ".git" / "hooks", repository.path / "hooks"):
            folder.mkdir(exist_ok=True)
            (folder / hook).write_text(script)
            (folder / hook).chmod(0o755)
    config = repository.path / ".git" / "config"
    config.write_text(config.read_text() + f'[filter "evil"]\n\tsmudge = touch {trace}\n\tclean = cat\n'
                      f"[core]\n\tfsmonitor = touch {trace}\n\tsshCommand = touch {trace}\n"
                      f"[uploadpack]\n\tpackObjectsHook = touch {trace}\n")
    repository.write(".gitattributes", "*.zone filter=evil\n")
    commit_wiki(repository, 1)
    trace.unlink(missing_ok=True)             # what git itself ran
    node = start(nodes, repository)
    node.reload()
    assert wiki(node) == ["10.70.1.1"] and not trace.exists()


def test_disk_use_stays_bounded(nodes, repository):
    commit_wiki(repository, 1)
    node = start(nodes, repository)
    for i in range(40):
        commit_wiki(repository, i)
        node.reload()
    assert wiki(node) == ["10.70.1.39"] and len(packs(node)) <= 17
