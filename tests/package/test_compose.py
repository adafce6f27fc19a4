"""compose.yaml as Docker and docker-compose take it (test_image.py acts it out with podman): Debian's dockerd, of this test's own, in
a network namespace that is its host's network; the images are those that podman has built."""
import contextlib
import os
import pathlib
import shutil
import stat
import subprocess
import tempfile

import pytest

import asking
import containers
import gitrepo
import namespaces
import servers

SERVICE = "10.10.10.10"
NEEDED = ("dockerd", "docker", "docker-compose")


class Docker:
    def __init__(self, folder):
        self.folder, self.socket = folder, folder / "sock"
        self.environment = {**os.environ, "DOCKER_HOST": f"unix://{self.socket}", "COMPOSE_PROJECT_NAME": "dotmesh-test"}
        self.log = open(folder / "log", "wb")
        # vfs: needs nothing of the kernel, and is here only for two small images.
        self.daemon = subprocess.Popen(
            ["dockerd", "--storage-driver=vfs", "--iptables=false", "--ip6tables=false", "--bridge=none", f"--data-root={folder}/data",
             f"--exec-root={folder}/exec", f"--pidfile={folder}/pid", "-H", f"unix://{self.socket}"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def run(self, *command, cwd=None, check=True):
        done = subprocess.run([*map(str, command)], env=self.environment, cwd=cwd, capture_output=True, text=True, timeout=300,
                              stdin=subprocess.DEVNULL)
        if check and done.returncode != 0:
            raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"[-4000:])
        return done

    def wait_until_up(self):
        def answers():
            if self.daemon.poll() is not None:
                pytest.skip(f"dockerd does not run here: {(self.folder / 'log').read_text(errors='replace').splitlines()[-1:]}")
            return self.run("docker", "version", check=False).returncode == 0
        servers.wait_until(answers, 60, "dockerd", interval=0.2)

    def close(self):
        self.daemon.terminate()
        self.daemon.wait(60)
        self.log.close()
        for line in open("/proc/self/mounts"):   # the network of its containers
            if (mount := line.split()[1]).startswith(f"{self.folder}/"):
                subprocess.run(["umount", "-l", mount], check=False)


@pytest.fixture
def docker():
    missing = [program for program in NEEDED if shutil.which(program) is None]
    if missing or os.geteuid() != 0:
        pytest.skip(f"needs root and {', '.join(missing or NEEDED)}: packages docker.io, docker-compose")
    # A short name: sockets are in there.
    with tempfile.TemporaryDirectory(prefix="dm-") as folder, namespaces.alone():
        one = Docker(pathlib.Path(folder))
        try:
            one.wait_until_up()
            yield one
        finally:
            one.close()


@pytest.fixture
def project(docker, engine, image, bird_image, tmp_path):
    """The folder of compose.yaml, as an operator has it; its network comes out of a folder."""
    for name, built in (("dotmesh", image), ("dotmesh-bird", bird_image)):
        engine.run("save", "--format", "docker-archive", "--output", archive := tmp_path / f"{name}.tar", built)
        docker.run("docker", "load", "--input", archive)
        docker.run("docker", "tag", f"localhost/{built}", name)
    repository = gitrepo.GitRepository(tmp_path / "net")
    repository.commit("first", {"mesh.zone": gitrepo.zone("wiki A 10.70.1.10"), "dotmesh.toml":
                                '[network]\nname = "test"\n[[zone]]\nname = "mesh."\nfile = "mesh.zone"\n'
                                f'[[service]]\naddress = "{SERVICE}"\nrole = "authority"\n'})
    (folder := tmp_path / "container").mkdir()
    shutil.copy(servers.ROOT / "packaging/container/bird.conf", folder)
    text = (servers.ROOT / "packaging/container/compose.yaml").read_text()
    os.mknod(tun := folder / "tun", stat.S_IFCHR | 0o666, os.makedev(10, 200))   # as udev makes it; here may be none
    tun.chmod(0o666)
    (folder / "compose.yaml").write_text(text.replace('"/dev/net/tun"', f'"{tun}:/dev/net/tun"')
                                         .replace("      - state:", f"      - {repository.path}:/srv/net:ro\n      - state:"))
    docker.run(servers.dotmesh_binary(), "init", "--config", folder / "node.toml", "--state", "/var/lib/dotmesh", "--user", "",
               "--repo", "/srv/net", "--name", "n1", "--listen", SERVICE, cwd=folder)
    shutil.chown(folder / "node.toml", group=853)
    with open(folder / "node.toml", "a") as node_file:
        node_file.write('[anycast]\nmethod = "bird"\n')
    return folder


def test_up_answers_is_healthy_and_stops(docker, project):
    def compose(*arguments):
        return docker.run("docker-compose", "--file", "compose.yaml", *arguments, cwd=project)

    def state_of(service, what):
        return docker.run("docker", "inspect", "--format", f"{{{{.State.{what}}}}}", compose("ps", "-q", service).stdout.strip()).stdout.strip()

    def routes():
        return compose("exec", "-T", "bird", "birdc", "show", "route").stdout

    def answer():
        with contextlib.suppress(OSError):   # no way to the address before it is there
            reply = asking.Asker(SERVICE, 53).raw(servers.plain_query("wiki.mesh.", 1), 0.5)
            return reply is not None and reply[6:8] != b"\0\0"
        return False

    compose("up", "--detach", "--no-build")
    try:
        try:
            servers.wait_until(answer, 30, "an answer", interval=0.1)
            servers.wait_until(lambda: f"{SERVICE}/32" in routes(), 20, "the route", interval=0.2)
            servers.wait_until(lambda: state_of("dotmesh", "Health.Status") == "healthy", 60, "health", interval=0.5)
        except servers.ServerError as error:
            raise AssertionError(f"{error}\n{compose('logs').stdout}") from None
        docker.run("docker", "stop", compose("ps", "-q", "dotmesh").stdout.strip())
        assert state_of("dotmesh", "ExitCode") == "0"
        assert SERVICE not in routes()
        compose("start", "dotmesh")                       # the state is in the volume
        servers.wait_until(answer, 30, "an answer", interval=0.1)
    finally:
        compose("down", "--volumes")
